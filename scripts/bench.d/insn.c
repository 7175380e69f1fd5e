// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for QEMU's emulator that counts the instructions a guest executes.
 *
 *	qemu-system-x86_64 -plugin insn.so,out=FILE ...
 *
 * The guest executes a no-op of an unusual kind to set all counts to zero, and
 * another to have them appended to FILE; see window.c. An entry of FILE is
 *
 *	WINDOW TOTAL			of the lines that follow
 *	ADDRESS LENGTH TARGET COUNT	a block of instructions
 *
 * where TARGET is what the block calls or jumps to in the end, as far as that
 * is written in the instruction itself, or 0; so the calls of a function can be
 * told by caller. All but COUNT and TOTAL are in hexadecimal.
 *
 * Blocks are counted when they begin. One that ends early, at a page fault for
 * instance, counts in full: some instructions too many, seldom.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#include "qemu-plugin.h"

/**
 * struct block - a piece of straight code, as QEMU translates it
 * @next: in the same bucket
 * @address: of its first instruction
 * @length: instructions
 * @target: see the top of this file
 * @count: how often it was begun; QEMU's code holds this address
 */
struct block {
	struct block *next;
	__u64 address;
	__u64 length;
	__u64 target;
	__u64 count;
};

enum { BUCKET_BITS = 18, BUCKETS = 1 << BUCKET_BITS };

/* nopl 0x424644xx(%rax), xx being one of enum mark */
#define MARK_SIZE	7

enum mark { MARK_BEGIN = 1, MARK_END };

EXPORT int qemu_plugin_version = 1;

static struct block *buckets[BUCKETS];
static const char *out;

static struct block *find_block(__u64 address, __u64 length, __u64 target)
{
	struct block **bucket = &buckets[address * 0x9e3779b97f4a7c15 >> (64 - BUCKET_BITS)];
	struct block *b;

	for (b = *bucket; b; b = b->next)
		if (b->address == address && b->length == length && b->target == target)
			return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->next = *bucket;
	b->address = address;
	b->length = length;
	b->target = target;
	*bucket = b;
	return b;
}

static void clear_counts(void)
{
	for (struct block **p = buckets; p < buckets + BUCKETS; p++)
		for (struct block *b = *p; b; b = b->next)
			b->count = 0;
}

static void write_counts(void)
{
	FILE *f = fopen(out, "a");
	__u64 total = 0;

	if (!f) {
		perror(out);
		exit(1);
	}
	for (struct block **p = buckets; p < buckets + BUCKETS; p++)
		for (struct block *b = *p; b; b = b->next)
			total += b->length * b->count;
	fprintf(f, "WINDOW %llu\n", total);
	for (struct block **p = buckets; p < buckets + BUCKETS; p++)
		for (struct block *b = *p; b; b = b->next)
			if (b->count)
				fprintf(f, "%llx %llx %llx %llu\n",
					b->address, b->length, b->target, b->count);
	if (fclose(f)) {
		perror(out);
		exit(1);
	}
}

static void on_mark(unsigned int cpu, void *arg)
{
	if ((unsigned long)arg == MARK_BEGIN)
		clear_counts();
	else
		write_counts();
}

/* Which mark an instruction is, or 0. */
static unsigned long mark_of(const struct qemu_plugin_insn *insn)
{
	const __u8 *code = qemu_plugin_insn_data(insn);

	if (qemu_plugin_insn_size(insn) != MARK_SIZE || memcmp(code, "\x0f\x1f\x80", 3) ||
	    memcmp(code + 4, "\x44\x46\x42", 3))
		return 0;
	return code[3];
}

/* Where a direct call or jump goes, or 0. */
static __u64 target_of(const struct qemu_plugin_insn *insn)
{
	const __u8 *code = qemu_plugin_insn_data(insn);
	__s32 offset;

	switch (code[0]) {
	case 0xe8:
	case 0xe9:
		memcpy(&offset, code + 1, sizeof(offset));
		break;
	case 0xeb:
		offset = (__s8)code[1];
		break;
	default:
		return 0;
	}
	return qemu_plugin_insn_vaddr(insn) + qemu_plugin_insn_size(insn) + offset;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	struct qemu_plugin_insn *insn;
	struct block *b;
	unsigned long mark;

	for (size_t i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		mark = mark_of(insn);
		if (mark)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark,
							       QEMU_PLUGIN_CB_NO_REGS,
							       (void *)mark);
	}
	b = find_block(qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0)), n,
		       target_of(qemu_plugin_tb_get_insn(tb, n - 1)));
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &b->count, 1);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	if (!out) {
		fprintf(stderr, "insn: out=FILE is missing\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
