/* SPDX-License-Identifier: GPL-2.0-only */
/* The smallest guest, for tests that need many: it writes a line to its console ring and sleeps until it is destroyed. */
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

static long hypercall(unsigned int number, unsigned long a, const void *b)
{
	long result = (long)(hypercall_page + number * 32);

	__asm__ volatile("call *%%rax" : "+a"(result), "+D"(a), "+S"(b) : : "rcx", "r11", "memory");
	return result;
}

static void console_write(const start_info_t *info, const char *text)
{
	struct xencons_interface *ring = (void *)(VIRT_BASE + M2P[info->console.domU.mfn] * 4096);
	struct evtchn_send send = { .port = info->console.domU.evtchn };
	XENCONS_RING_IDX at = ring->out_prod;

	while (*text)
		ring->out[MASK_XENCONS_IDX(at++, ring->out)] = *text++;
	__asm__ volatile("" : : : "memory");
	*(volatile XENCONS_RING_IDX *)&ring->out_prod = at;
	hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
}

void guest_main(const start_info_t *info)
{
	struct sched_poll forever = { .nr_ports = 0, .timeout = 0 };

	console_write(info, "tiny guest: running\n");
	for (;;)
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, &forever);
}
