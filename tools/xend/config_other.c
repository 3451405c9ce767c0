/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of Xen 4.17's xl, of xm and of the programs that write their files, which set nothing here: those that ask for
 * something a PV guest of this toolstack cannot have are refused, the others make no difference and are ignored with a word.
 */
#include <string.h>

#include "config_internal.h"

/* 0, "", [] and None ask for nothing, and so does the key's harmless value. */
static bool other_is_off(const struct config_key *key, const struct config_value *v)
{
	if (key->harmless && (v->type == VALUE_STRING || v->type == VALUE_NUMBER) && v->string && !strcmp(v->string, key->harmless))
		return true;
	return v->type == VALUE_NONE || (v->type == VALUE_NUMBER && !v->number) || (v->type == VALUE_LIST && !v->count) ||
	       (v->type == VALUE_STRING && (!*v->string || !strcmp(v->string, "0")));
}

static int other_refused(struct config_reader *r, const struct config_key *key, struct config_where where,
			 const struct config_value *v)
{
	return other_is_off(key, v) ? 0 : config_fail(r->err, r->file, where, key->doc, "not supported");
}

static int other_ignored(struct config_reader *r, const struct config_key *key, struct config_where where,
			 const struct config_value *v)
{
	if (!other_is_off(key, v))
		config_warn(r, where, "ignored: %s", key->doc);
	return 0;
}

#define REFUSED_BUT(name, harmless, doc) { name, "refused", 0, 0, other_refused, 0, CONFIG_NO_AT, NULL, doc, harmless }
#define REFUSED(name, doc) REFUSED_BUT(name, NULL, doc)
#define IGNORED(name, doc) { name, "ignored", 0, 0, other_ignored, 0, CONFIG_NO_AT, NULL, doc, NULL }
#define NO_DISPLAY "guests have a text console only: use xm console, and remove it"

static const struct config_key others[] = {
	REFUSED("bootloader", "give kernel=, for example a grub-x86_64-xen.bin, which boots the kernel inside the guest's disk"),
	REFUSED("vfb", NO_DISPLAY),
	REFUSED("vnc", NO_DISPLAY),
	REFUSED("sdl", NO_DISPLAY),
	REFUSED("spice", NO_DISPLAY),
	REFUSED("vkb", NO_DISPLAY),
	REFUSED("vdispl", NO_DISPLAY),
	REFUSED("usbctrl", "USB devices cannot be given to guests yet; remove it"),
	REFUSED("usbdev", "USB devices cannot be given to guests yet; remove it"),
	REFUSED("ioports", "I/O ports cannot be given to guests yet; remove it"),
	REFUSED("iomem", "memory of devices cannot be given to guests yet; remove it"),
	REFUSED("irqs", "interrupts cannot be given to guests yet; remove it"),
	REFUSED("vtpm", "there is no virtual TPM; remove it"),
	REFUSED("p9", "there is no 9pfs backend; remove it"),
	REFUSED("pvcalls", "there is no pvcalls backend; remove it"),
	REFUSED("channel", "there are no channels; remove it"),
	REFUSED("vsnd", "there is no sound backend; remove it"),
	REFUSED("vscsi", "there is no SCSI backend; remove it"),
	REFUSED("cpuid", "the CPUID policy cannot be changed for one guest yet; remove it"),
	REFUSED("msr_relaxed", "the MSR policy cannot be changed for one guest; remove it"),
	REFUSED("mca_caps", "there is no virtual MCE; remove it"),
	REFUSED_BUT("pool", "Pool-0", "there is one CPU pool, Pool-0; use cpus= to choose CPUs"),
	REFUSED("vcpu_avail", "use vcpus= and maxvcpus="),
	REFUSED("vnuma", "there is no virtual NUMA; remove it"),
	REFUSED("pvshim", "it is for PVH guests; remove it"),
	REFUSED("firmware", "give kernel=, for example a grub-x86_64-xen.bin"),
	REFUSED("driver_domain", "backends run in domain 0; remove it"),
	REFUSED("blkif", "backends run in domain 0; remove it"),
	REFUSED("netif", "backends run in domain 0; remove it"),
	REFUSED("tpmif", "backends run in domain 0; remove it"),
	REFUSED("seclabel", "there is no security module; remove it"),
	REFUSED("init_seclabel", "there is no security module; remove it"),
	REFUSED_BUT("passthrough", "default", "devices in pci= decide; remove it"),
	REFUSED_BUT("max_grant_version", "2", "guests may use both versions; remove it"),
	REFUSED("xend_suspend_evtchn_compat", "remove it"),
	REFUSED("vmtrace_buf_kb", "there is no processor trace; remove it"),
	REFUSED("machine_address_size", "memory is not chosen by its address; remove it"),
	REFUSED("superpages", "memory is given in small pages; remove it"),
	REFUSED("pci_permissive", "write it behind the address of each device in pci="),
	REFUSED("pci_msitranslate", "write it behind the address of each device in pci="),
	REFUSED("pci_seize", "write it behind the address of each device in pci="),
	REFUSED("localtime", "set rtc_timeoffset= to the seconds, or let the guest know its time zone"),
	REFUSED_BUT("on_xend_start", "ignore", "use your init system to start guests"),
	REFUSED("restart", "use on_poweroff=, on_reboot= and on_crash="),
	REFUSED("nfs_server", "put it into extra, as root=/dev/nfs nfsroot=..."),
	REFUSED("nfs_root", "put it into extra, as root=/dev/nfs nfsroot=..."),
	IGNORED("bootloader_args", "there is no bootloader"),
	IGNORED("bootargs", "there is no bootloader"),
	IGNORED("bootentry", "there is no bootloader"),
	IGNORED("vnclisten", "there is no display"),
	IGNORED("vncdisplay", "there is no display"),
	IGNORED("vncpasswd", "there is no display"),
	IGNORED("vncunused", "there is no display"),
	IGNORED("keymap", "there is no display"),
	IGNORED("opengl", "there is no display"),
	IGNORED("display", "there is no display"),
	IGNORED("xauthority", "there is no display"),
	IGNORED("spicehost", "there is no display"),
	IGNORED("spiceport", "there is no display"),
	IGNORED("spicetls_port", "there is no display"),
	IGNORED("spicepasswd", "there is no display"),
	IGNORED("spicedisable_ticketing", "there is no display"),
	IGNORED("spiceagent_mouse", "there is no display"),
	IGNORED("spicevdagent", "there is no display"),
	IGNORED("spice_clipboard_sharing", "there is no display"),
	IGNORED("spiceusbredirection", "there is no display"),
	IGNORED("spice_image_compression", "there is no display"),
	IGNORED("spice_streaming_video", "there is no display"),
	IGNORED("stdvga", "there is no VGA display"),
	IGNORED("vga", "there is no VGA display"),
	IGNORED("videoram", "there is no VGA display"),
	IGNORED("nographic", "there is no VGA display"),
	IGNORED("gfx_passthru", "there is no VGA display"),
	IGNORED("acpi", "it is for HVM guests"),
	IGNORED("acpi_firmware", "it is for HVM guests"),
	IGNORED("acpi_laptop_slate", "it is for HVM guests"),
	IGNORED("acpi_s3", "it is for HVM guests"),
	IGNORED("acpi_s4", "it is for HVM guests"),
	IGNORED("altp2m", "it is for HVM guests"),
	IGNORED("altp2mhvm", "it is for HVM guests"),
	IGNORED("apic", "it is for HVM guests"),
	IGNORED("bios", "it is for HVM guests"),
	IGNORED("bios_path_override", "it is for HVM guests"),
	IGNORED("boot", "it is for HVM guests"),
	IGNORED("hap", "it is for HVM guests"),
	IGNORED("hdtype", "it is for HVM guests"),
	IGNORED("hpet", "it is for HVM guests"),
	IGNORED("isa", "it is for HVM guests"),
	IGNORED("mmio_hole", "it is for HVM guests"),
	IGNORED("monitor", "it is for HVM guests"),
	IGNORED("ms_vm_genid", "it is for HVM guests"),
	IGNORED("nestedhvm", "it is for HVM guests"),
	IGNORED("nx", "it is for HVM guests"),
	IGNORED("oos", "it is for HVM guests"),
	IGNORED("pae", "it is for HVM guests"),
	IGNORED("pci_power_mgmt", "it is for HVM guests"),
	IGNORED("rdm", "it is for HVM guests"),
	IGNORED("rdm_mem_boundary", "it is for HVM guests"),
	IGNORED("shadow_memory", "it is for HVM guests"),
	IGNORED("smbios_firmware", "it is for HVM guests"),
	IGNORED("soundhw", "it is for HVM guests"),
	IGNORED("timer_mode", "it is for HVM guests"),
	IGNORED("usb", "it is for HVM guests"),
	IGNORED("usbdevice", "it is for HVM guests"),
	IGNORED("usbversion", "it is for HVM guests"),
	IGNORED("vendor_device", "it is for HVM guests"),
	IGNORED("viridian", "it is for HVM guests"),
	IGNORED("vkb_device", "it is for HVM guests"),
	IGNORED("vpt_align", "it is for HVM guests"),
	IGNORED("xen_platform_pci", "it is for HVM guests"),
	IGNORED("loader", "it is for HVM guests"),
	IGNORED("fda", "it is for HVM guests"),
	IGNORED("fdb", "it is for HVM guests"),
	IGNORED("serial", "it is for HVM guests: use xm console"),
	IGNORED("device_model", "there is no device model"),
	IGNORED("device_model_args", "there is no device model"),
	IGNORED("device_model_args_hvm", "there is no device model"),
	IGNORED("device_model_args_pv", "there is no device model"),
	IGNORED("device_model_override", "there is no device model"),
	IGNORED("device_model_stubdomain_override", "there is no device model"),
	IGNORED("device_model_stubdomain_seclabel", "there is no device model"),
	IGNORED("device_model_user", "there is no device model"),
	IGNORED("device_model_version", "there is no device model"),
	IGNORED("dm_restrict", "there is no device model"),
	IGNORED("stubdomain_cmdline", "there is no device model"),
	IGNORED("stubdomain_kernel", "there is no device model"),
	IGNORED("stubdomain_memory", "there is no device model"),
	IGNORED("stubdomain_ramdisk", "there is no device model"),
	IGNORED("pvshim_path", "there is no PV shim"),
	IGNORED("pvshim_cmdline", "there is no PV shim"),
	IGNORED("pvshim_extra", "there is no PV shim"),
	IGNORED("device_tree", "it is for Arm guests"),
	IGNORED("dtdev", "it is for Arm guests"),
	IGNORED("gic_version", "it is for Arm guests"),
	IGNORED("tee", "it is for Arm guests"),
	IGNORED("vpmu", "it is for Arm guests"),
	IGNORED("vuart", "it is for Arm guests"),
	IGNORED("on_xend_stop", "guests keep running when xend stops"),
	IGNORED("on_soft_reset", "it is for HVM guests"),
	IGNORED("e820_host", "it matters with PCI devices only"),
	IGNORED("nomigrate", "guests are not migrated"),
	IGNORED("claim_mode", "free memory is always checked first"),
	IGNORED("features", "the kernel's own notes decide"),
	IGNORED("suppress_spurious_page_faults", "there are none"),
	IGNORED("localtime_offset", "use rtc_timeoffset"),
	IGNORED("dhcp", "put ip=dhcp into extra, or configure the network inside the guest"),
	IGNORED("ip", "put ip=... into extra, or configure the network inside the guest"),
	IGNORED("netmask", "put ip=... into extra, or configure the network inside the guest"),
	IGNORED("gateway", "put ip=... into extra, or configure the network inside the guest"),
	IGNORED("interface", "put ip=... into extra, or configure the network inside the guest"),
	IGNORED("hostname", "put it into extra, or configure it inside the guest"),
	IGNORED("nics", "the list vif says how many there are"),
	IGNORED("description", "it is for people"),
};

const struct config_key *config_other_table(size_t *count)
{
	*count = sizeof(others) / sizeof(*others);
	return others;
}
