// SPDX-License-Identifier: GPL-2.0
/*
 * What a digest of a packet costs, by the kernel's own code: reading
 * /sys/kernel/debug/bench_digest/NAME computes many of them, of as many bytes as a
 * packet of BFD with NAME has, and tells the code that was used and nanoseconds
 * for one.
 */
#include <crypto/hash.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#define ROUNDS	4096

/* The mandatory section, the header of the authentication section, and a digest */
#define PACKET_LEN	(24 + 8)
#define DIGEST_MAX	20

static struct dentry *dir;

static int measure(struct seq_file *m, struct crypto_shash *hash)
{
	u8 packet[PACKET_LEN + DIGEST_MAX] = {}, digest[DIGEST_MAX];
	unsigned int size = crypto_shash_digestsize(hash), i;
	u64 start;
	int ret;

	if (size > DIGEST_MAX)
		return -EINVAL;
	local_bh_disable();	/* as packets are received */
	start = ktime_get_ns();
	for (i = 0, ret = 0; i < ROUNDS && !ret; i++)
		ret = crypto_shash_tfm_digest(hash, packet, PACKET_LEN + size, digest);
	start = ktime_get_ns() - start;
	local_bh_enable();
	if (!ret)
		seq_printf(m, "%s %llu\n", crypto_shash_driver_name(hash),
			   div_u64(start, ROUNDS));
	return ret;
}

static int digest_show(struct seq_file *m, void *unused)
{
	struct crypto_shash *hash = crypto_alloc_shash(m->private, 0, 0);
	int ret;

	if (IS_ERR(hash))
		return PTR_ERR(hash);
	ret = measure(m, hash);
	crypto_free_shash(hash);
	return ret;
}

static int digest_open(struct inode *inode, struct file *file)
{
	return single_open(file, digest_show, inode->i_private);
}

static const struct file_operations digest_fops = {
	.owner = THIS_MODULE,
	.open = digest_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init digest_init(void)
{
	dir = debugfs_create_dir("bench_digest", NULL);
	debugfs_create_file("md5", 0400, dir, "md5", &digest_fops);
	debugfs_create_file("sha1", 0400, dir, "sha1", &digest_fops);
	return 0;
}

static void __exit digest_exit(void)
{
	debugfs_remove_recursive(dir);
}

module_init(digest_init);
module_exit(digest_exit);

MODULE_DESCRIPTION("What a digest costs");
MODULE_LICENSE("GPL");
