/* SPDX-License-Identifier: GPL-2.0-only */
/* The CMOS clock (Motorola MC146818 data sheet), read once at boot; later it is dom0's. */
#include <xen/lib.h>
#include <x86/acpi.h>
#include <x86/asm.h>
#include "time_impl.h"

enum { RTC_SECOND = 0, RTC_MINUTE = 2, RTC_HOUR = 4, RTC_DAY = 7, RTC_MONTH = 8, RTC_YEAR = 9, RTC_A = 10, RTC_B = 11 };
#define RTC_A_UPDATING 0x80
#define RTC_B_24H      0x02
#define RTC_B_BINARY   0x04
#define HOUR_PM        0x80

struct rtc_time { u8 second, minute, hour, day, month, year, century; };

static u8 cmos_read(u8 reg)
{
    outb(reg, 0x70);
    return inb(0x71);
}

static void read_once(struct rtc_time *t)
{
    for (unsigned int spin = 0; spin < 1000000 && cmos_read(RTC_A) & RTC_A_UPDATING; spin++)
        ;
    *t = (struct rtc_time){
        cmos_read(RTC_SECOND), cmos_read(RTC_MINUTE), cmos_read(RTC_HOUR), cmos_read(RTC_DAY), cmos_read(RTC_MONTH),
        cmos_read(RTC_YEAR), acpi_info.rtc_century ? cmos_read(acpi_info.rtc_century) : 0,
    };
}

/* Days since 1970-01-01 of a date of the Gregorian calendar; years begin in March so that the leap day is last. */
static u64 days_since_1970(unsigned int year, unsigned int month, unsigned int day)
{
    unsigned int y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;

    return 365UL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

u64 rtc_read(void)
{
    struct rtc_time t, again;
    unsigned int hour, year;
    bool pm;
    u8 mode;

    read_once(&t);
    for (unsigned int i = 0; i < 10; i++) {
        read_once(&again);
        if (!memcmp(&t, &again, sizeof(t)))
            break;
        t = again;
    }
    mode = cmos_read(RTC_B);
    pm = !(mode & RTC_B_24H) && t.hour & HOUR_PM;
    t.hour &= (u8)~HOUR_PM;
    if (!(mode & RTC_B_BINARY))
        for (u8 *p = (u8 *)&t; p < (u8 *)(&t + 1); p++)
            *p = (u8)((*p >> 4) * 10 + (*p & 15));
    hour = mode & RTC_B_24H ? t.hour : t.hour % 12u + (pm ? 12 : 0);
    year = t.year + (t.century >= 19 && t.century < 30 ? t.century * 100u : t.year < 70 ? 2000u : 1900u);
    return ((days_since_1970(year, t.month, t.day) * 24 + hour) * 60 + t.minute) * 60 + t.second;
}
