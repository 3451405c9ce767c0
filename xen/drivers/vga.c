/* SPDX-License-Identifier: GPL-2.0-only */
/* VGA text console: 80 by 25 characters at 0xb8000 (IBM VGA, mode 3). vga=text-80x25|keep|none. */
#include <xen/console.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/drivers.h>
#include <x86/asm.h>
#include <x86/boot.h>
#include <x86/page.h>

#define COLUMNS 80
#define LINES   25
#define ATTRIBUTE 0x07

static volatile u16 *screen;
static unsigned int x, y;
bool vga_keep;                /* goes on writing after dom0 has the screen */
static bool vga_off;

static int parse_vga(const char *v)
{
    if (!strcmp(v, "none"))
        vga_off = true;
    else if (!strcmp(v, "keep") || !strcmp(v, "text-80x25,keep"))
        vga_keep = true;
    else if (strcmp(v, "text-80x25") && strcmp(v, "current"))
        return -EINVAL;
    return 0;
}
PARAM_FN("vga", vga, parse_vga, "text-80x25, keep or none");

static void scroll(void)
{
    for (unsigned int i = 0; i < COLUMNS * (LINES - 1); i++)
        screen[i] = screen[i + COLUMNS];
    for (unsigned int i = COLUMNS * (LINES - 1); i < COLUMNS * LINES; i++)
        screen[i] = ATTRIBUTE << 8 | ' ';
    y = LINES - 1;
}

static void putc(char c)
{
    if (c == '\r' || c == '\n' || x == COLUMNS) {
        x = 0;
        if (c != '\r' && ++y == LINES)
            scroll();
        if (c == '\r' || c == '\n')
            return;
    }
    screen[y * COLUMNS + x++] = (u16)(ATTRIBUTE << 8 | (u8)c);
}

static void vga_puts(struct console_dev *dev, const char *s, size_t n)
{
    while (n--)
        putc(*s++);
}

static struct console_dev vga_dev = { .name = "vga", .puts = vga_puts };

void vga_init(void)
{
    if (vga_off || boot_info.is_efi)
        return;
    screen = ioremap(maddr(0xb8000), COLUMNS * LINES * 2);
    for (unsigned int i = 0; i < COLUMNS * LINES; i++)
        screen[i] = ATTRIBUTE << 8 | ' ';
    console_add(&vga_dev);
}

void vga_release(void)
{
    if (!vga_keep)
        console_remove(&vga_dev);
}
