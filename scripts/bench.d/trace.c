// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for QEMU's emulator that remembers what the guest executed last.
 *
 *	qemu-system-x86_64 -plugin trace.so,out=FILE,blocks=N ...
 *
 * The guest executes a no-op of an unusual kind, and the last N blocks of
 * instructions that were begun are written to FILE.1, the next time to FILE.2, and
 * so on. See by_time.py, which tells functions by time; bench_late.c has the no-op.
 *
 * A file is a number of blocks, 32 bits; address and length (both 64 bits) of
 * each; and the numbers, from 0, of those that were executed, 32 bits each.
 *
 * One CPU. Blocks that end early, at a page fault for instance, count in full.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#include "qemu-plugin.h"

/* nopl 0x42464403(%rax), see insn.c */
static const __u8 mark[] = { 0x0f, 0x1f, 0x80, 0x03, 0x44, 0x46, 0x42 };

/**
 * struct block - a piece of straight code, as QEMU translates it
 * @address: of its first instruction
 * @length: instructions
 */
struct block {
	__u64 address;
	__u64 length;
};

enum { BLOCKS_MAX = 1 << 20, FILES_MAX = 20 };

EXPORT int qemu_plugin_version = 1;

static struct block blocks[BLOCKS_MAX];
static __u32 known;
static __u32 *ring;
static size_t size = 1 << 22, next;
static const char *out;

static void on_block(unsigned int cpu, void *arg)
{
	ring[next++ % size] = (unsigned long)arg;
}

static void on_mark(unsigned int cpu, void *arg)
{
	static int files;
	char name[4096];
	size_t at = next % size;
	FILE *f;

	if (files == FILES_MAX)
		return;
	snprintf(name, sizeof(name), "%s.%d", out, ++files);
	f = fopen(name, "w");
	if (!f) {
		perror(name);
		exit(1);
	}
	fwrite(&known, sizeof(known), 1, f);
	fwrite(blocks, sizeof(*blocks), known, f);
	if (next > size)
		fwrite(ring + at, sizeof(*ring), size - at, f);
	fwrite(ring, sizeof(*ring), at, f);
	if (fclose(f)) {
		perror(name);
		exit(1);
	}
	next = 0;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn;

	for (size_t i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		if (qemu_plugin_insn_size(insn) == sizeof(mark) &&
		    !memcmp(qemu_plugin_insn_data(insn), mark, sizeof(mark)))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
	if (known == BLOCKS_MAX)
		known = 0;	/* older ones get a wrong name */
	blocks[known] = (struct block){
		.address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0)),
		.length = n,
	};
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS,
					     (void *)(unsigned long)known++);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		else if (!strncmp(argv[i], "blocks=", 7))
			size = strtoul(argv[i] + 7, NULL, 0);
	}
	ring = size ? calloc(size, sizeof(*ring)) : NULL;
	if (!out || !ring) {
		fprintf(stderr, "trace: out=FILE is missing, or no memory\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
