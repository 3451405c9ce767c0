/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest guest, for tests that need many: it writes a line to its console ring and sleeps until it is destroyed.
 * Its command line may give it something to do: "busy" uses its CPU all the time, "wake" sleeps 10 ms a hundred times and
 * says how late it woke, in us, "beat" does so again and again, "flood" prints the numbers from 1 to FLOOD_LINES.
 */
#include <stdint.h>

#include <public/xen.h>
#include <public/event_channel.h>
#include <public/sched.h>
#include <public/io/console.h>

#define VIRT_BASE 0xffffffff80000000UL
#define M2P ((const unsigned long *)MACH2PHYS_VIRT_START)

extern const char hypercall_page[];
void guest_main(const start_info_t *info);

/* The builder gives a stack and start_info's address in RSI. */
__asm__("	.text\n"
	"	.balign 4096\n"
	"	.globl hypercall_page, start\n"
	"hypercall_page:\n"
	"	.skip 4096\n"
	"start:	mov %rsi, %rdi\n"
	"	cld\n"
	"	and $-16, %rsp\n"
	"	call guest_main\n");

/* Numbers of public/elfnote.h. */
__asm__("	.macro note type, kind, value:vararg\n"
	"	.long 4, 2f - 1f, \\type\n"
	"	.asciz \"Xen\"\n"
	"1:	\\kind \\value\n"
	"2:	.balign 4\n"
	"	.endm\n"
	"	.pushsection .note.Xen, \"a\", @note\n"
	"	note 6, .asciz, \"tiny\"\n"		/* guest OS */
	"	note 5, .asciz, \"xen-3.0\"\n"		/* interface */
	"	note 8, .asciz, \"generic\"\n"		/* loader */
	"	note 3, .quad, 0xffffffff80000000\n"	/* virtual base */
	"	note 4, .quad, 0\n"			/* physical offset */
	"	note 1, .quad, start\n"
	"	note 2, .quad, hypercall_page\n"
	"	.popsection\n");

#define WAKE_NS		10000000ull
#define WAKE_ROUNDS	100
#define FLOOD_LINES	1500000		/* 10,888,896 bytes */

static char shared_page[4096] __attribute__((aligned(4096)));

static long hypercall3(unsigned int number, unsigned long a, const void *b, unsigned long c)
{
	long result = (long)(hypercall_page + number * 32);

	__asm__ volatile("call *%%rax" : "+a"(result), "+D"(a), "+S"(b), "+d"(c) : : "rcx", "r8", "r9", "r10", "r11", "memory");
	return result;
}

static long hypercall(unsigned int number, unsigned long a, const void *b)
{
	return hypercall3(number, a, b, 0);
}

/* Lets xenconsoled see what is in the ring up to @at. */
static void console_publish(const start_info_t *info, struct xencons_interface *ring, XENCONS_RING_IDX at)
{
	struct evtchn_send send = { .port = info->console.domU.evtchn };

	__asm__ volatile("" : : : "memory");
	*(volatile XENCONS_RING_IDX *)&ring->out_prod = at;
	hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
}

static void console_write(const start_info_t *info, const char *text)
{
	struct xencons_interface *ring = (void *)(VIRT_BASE + M2P[info->console.domU.mfn] * 4096);
	XENCONS_RING_IDX at = ring->out_prod;

	while (*text) {
		if (at - *(volatile XENCONS_RING_IDX *)&ring->out_cons == sizeof(ring->out)) {
			console_publish(info, ring, at);
			while (at - *(volatile XENCONS_RING_IDX *)&ring->out_cons == sizeof(ring->out))
				hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0);
		}
		ring->out[MASK_XENCONS_IDX(at++, ring->out)] = *text++;
	}
	console_publish(info, ring, at);
}

static int told_to(const start_info_t *info, const char *word)
{
	for (const char *p = (const char *)info->cmd_line; *p; p++) {
		int i = 0;

		while (word[i] && p[i] == word[i])
			i++;
		if (!word[i])
			return 1;
	}
	return 0;
}

/* The hypervisor's time in ns: struct vcpu_time_info, public/xen.h. */
static uint64_t now(void)
{
	const volatile struct vcpu_time_info *t = &((const volatile shared_info_t *)shared_page)->vcpu_info[0].time;
	uint32_t version, low, high;
	uint64_t ns;

	do {
		uint64_t ticks;

		version = t->version;
		__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
		ticks = ((uint64_t)high << 32 | low) - t->tsc_timestamp;
		ticks = t->tsc_shift < 0 ? ticks >> -t->tsc_shift : ticks << t->tsc_shift;
		ns = t->system_time + (uint64_t)((unsigned __int128)ticks * t->tsc_to_system_mul >> 32);
		__asm__ volatile("" : : : "memory");
	} while ((version & 1) || version != t->version);
	return ns;
}

/* The digits of @n in @room, which has 24 bytes. */
static char *number_text(char *room, uint64_t n)
{
	char *p = room + 23;

	*p = 0;
	do
		*--p = '0' + n % 10;
	while (n /= 10);
	return p;
}

static void write_number(const start_info_t *info, const char *before, uint64_t n, const char *after)
{
	char digits[24];

	console_write(info, before);
	console_write(info, number_text(digits, n));
	console_write(info, after);
}

static void flood(const start_info_t *info)
{
	char text[1024], digits[24];
	unsigned int len = 0;

	for (uint64_t n = 1; n <= FLOOD_LINES; n++) {
		for (const char *p = number_text(digits, n); *p; p++)
			text[len++] = *p;
		text[len++] = '\n';
		text[len] = 0;
		if (len < sizeof(text) - sizeof(digits) && n < FLOOD_LINES)
			continue;
		console_write(info, text);
		len = 0;
	}
}

static void wake(const start_info_t *info)
{
	uint64_t worst = 0, sum = 0;

	for (int i = 0; i < WAKE_ROUNDS; i++) {
		struct sched_poll until = { .nr_ports = 0, .timeout = now() + WAKE_NS };
		uint64_t late = 0, woken;

		hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, &until);
		woken = now();
		if (woken > until.timeout)
			late = (woken - until.timeout) / 1000;
		sum += late;
		if (late > worst)
			worst = late;
	}
	write_number(info, "tiny guest: woke ", sum / WAKE_ROUNDS, " us late on average, ");
	write_number(info, "", worst, " us at worst\n");
}

void guest_main(const start_info_t *info)
{
	struct sched_poll forever = { .nr_ports = 0, .timeout = 0 };

	console_write(info, "tiny guest: running\n");
	hypercall3(__HYPERVISOR_update_va_mapping, (unsigned long)shared_page, (void *)(info->shared_info | 7), UVMF_INVLPG);
	while (told_to(info, "busy"))
		;
	if (told_to(info, "flood"))
		flood(info);
	if (told_to(info, "wake"))
		wake(info);
	while (told_to(info, "beat"))
		wake(info);
	for (;;)
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, &forever);
}
