// SPDX-License-Identifier: GPL-2.0
/*
 * The ledger: which sessions and keys are ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "ledger.h"

#define DIRECTORY	"/run/bfdnl"

/* Lines that a rewrite is not worth */
#define SPARE_LINES	64

/* The longest line: two numbers, an address, the owners */
#define LINE_ROOM	(128 + LEDGER_OWNERS_MAX * (LEDGER_OWNER_MAX + 1))

struct ledger {
	char *path;
	int lock_fd;		/* -1: read only */
	unsigned int locked;	/* how often */
	int fd;			/* of the journal, for appending; -1: not open */
	ino_t ino;		/* of the journal as it was read */
	off_t length;
	size_t lines;
	struct vector entries;	/* struct ledger_entry, by discriminator */
	struct vector keys;	/* struct ledger_key, by number */
};

int ledger_path(const char *netns, char *path, size_t room)
{
	char name[256] = "/proc/self/ns/net";
	struct stat st;

	if (netns)
		snprintf(name, sizeof(name), "%s%s",
			 strchr(netns, '/') ? "" : "/run/netns/", netns);
	if (stat(name, &st))
		return -errno;
	snprintf(path, room, DIRECTORY "/netns-%lu.ledger",
		 (unsigned long)st.st_ino);
	return 0;
}

/* ---- in memory ---- */

static int compare_entry(const void *item, const void *key)
{
	const struct ledger_entry *entry = item;
	__u32 discriminator = *(const __u32 *)key;

	return entry->discriminator < discriminator ? -1 :
	       entry->discriminator > discriminator;
}

static int compare_key(const void *item, const void *key)
{
	const struct ledger_key *k = item;
	__u32 number = *(const __u32 *)key;

	return k->number < number ? -1 : k->number > number;
}

static void free_entry(void *item)
{
	struct ledger_entry *entry = item;

	vector_clear(&entry->owners, free);
	free(entry);
}

static void free_key(void *item)
{
	struct ledger_key *key = item;

	free(key->verifier);
	free(key);
}

static void forget_all(struct ledger *l)
{
	vector_clear(&l->entries, free_entry);
	vector_clear(&l->keys, free_key);
	l->lines = 0;
	l->length = 0;
	l->ino = 0;
}

static void forget(struct ledger *l, __u32 discriminator)
{
	size_t index = vector_find(&l->entries, compare_entry, &discriminator);
	struct ledger_entry *entry;

	if (index == l->entries.size)
		return;
	entry = l->entries.at[index];
	if (entry->discriminator != discriminator)
		return;
	vector_remove(&l->entries, index);
	free_entry(entry);
}

static int learn(struct ledger *l, __u32 discriminator,
		 const struct bfdnl_addr *dest, struct ledger_entry **found)
{
	size_t index = vector_find(&l->entries, compare_entry, &discriminator);
	struct ledger_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	entry->discriminator = discriminator;
	entry->dest = *dest;
	if (vector_insert(&l->entries, index, entry)) {
		free_entry(entry);
		return -ENOMEM;
	}
	*found = entry;
	return 0;
}

static int learn_key(struct ledger *l, __u32 number, const char *verifier)
{
	size_t index = vector_find(&l->keys, compare_key, &number);
	struct ledger_key *key = vector_get(&l->keys, compare_key, &number);

	if (key) {
		vector_remove(&l->keys, index);
		free_key(key);
	}
	if (!verifier)
		return 0;
	key = calloc(1, sizeof(*key));
	if (!key)
		return -ENOMEM;
	key->number = number;
	key->verifier = strdup(verifier);
	if (!key->verifier || vector_insert(&l->keys, index, key)) {
		free_key(key);
		return -ENOMEM;
	}
	return 0;
}

static int add_owner(struct ledger_entry *entry, const char *owner)
{
	char *copy;

	if (entry->owners.size >= LEDGER_OWNERS_MAX)
		return -ENOSPC;
	copy = strdup(owner);
	if (copy && !vector_append(&entry->owners, copy))
		return 0;
	free(copy);
	return -ENOMEM;
}

/* ---- the journal ---- */

/* "s DISCRIMINATOR DEST OWNER[,OWNER...]" or "s DISCRIMINATOR -" */
static int read_session(struct ledger *l, char *words)
{
	char *save, *owner_save;
	char *number = strtok_r(words, " ", &save);
	char *dest = strtok_r(NULL, " ", &save);
	char *owners = strtok_r(NULL, " ", &save);
	struct ledger_entry *entry;
	struct bfdnl_addr addr;
	__u32 discriminator;
	int ret;

	if (!number || !dest)
		return 0;
	discriminator = strtoul(number, NULL, 16);
	forget(l, discriminator);
	if (!owners || bfdnl_addr_parse(&addr, dest))
		return 0;
	ret = learn(l, discriminator, &addr, &entry);
	for (char *owner = strtok_r(owners, ",", &owner_save); owner && !ret;
	     owner = strtok_r(NULL, ",", &owner_save))
		ret = add_owner(entry, owner);
	return ret == -ENOSPC ? 0 : ret;
}

static int read_line(struct ledger *l, char *line)
{
	char *save, *number, *verifier;

	l->lines++;
	if (!strncmp(line, "s ", 2))
		return read_session(l, line + 2);
	if (strncmp(line, "k ", 2))
		return 0;
	number = strtok_r(line + 2, " ", &save);
	verifier = strtok_r(NULL, " ", &save);
	if (!number || !verifier)
		return 0;
	return learn_key(l, strtoul(number, NULL, 10),
			 strcmp(verifier, "-") ? verifier : NULL);
}

/* Read lines from where we are. */
static int read_lines(struct ledger *l, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int ret = 0;

	while (!ret && (len = getline(&line, &room, file)) > 0) {
		/* half a line: who wrote it was killed, and did no more */
		if (line[len - 1] != '\n')
			break;
		line[len - 1] = '\0';
		l->length += len;
		ret = read_line(l, line);
	}
	free(line);
	return ret;
}

/* Only what is new, if the journal is the one that we know. */
static int read_journal(struct ledger *l)
{
	FILE *file = fopen(l->path, "re");
	struct stat st;
	int ret = 0;

	if (!file) {
		forget_all(l);
		return errno == ENOENT ? 0 : -errno;
	}
	if (fstat(fileno(file), &st))
		ret = -errno;
	if (!ret && (st.st_ino != l->ino || st.st_size < l->length)) {
		forget_all(l);
		l->ino = st.st_ino;
	}
	if (!ret && fseeko(file, l->length, SEEK_SET))
		ret = -errno;
	if (!ret)
		ret = read_lines(l, file);
	fclose(file);
	if (ret)
		forget_all(l);
	return ret;
}

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t done = write(fd, text, len);

	if (done < 0)
		return -errno;
	return (size_t)done == len ? 0 : -ENOSPC;
}

static size_t format_entry(const struct ledger_entry *entry, char *line)
{
	char dest[BFDNL_ADDR_STRLEN];
	size_t len;

	len = snprintf(line, LINE_ROOM, "s 0x%08x %s", entry->discriminator,
		       bfdnl_addr_format(&entry->dest, dest));
	for (size_t i = 0; i < entry->owners.size; i++)
		len += snprintf(line + len, LINE_ROOM - len, "%c%s",
				i ? ',' : ' ', (char *)entry->owners.at[i]);
	line[len++] = '\n';
	return len;
}

static int write_everything(struct ledger *l, FILE *file)
{
	char line[LINE_ROOM];

	for (size_t i = 0; i < l->entries.size; i++) {
		size_t len = format_entry(l->entries.at[i], line);

		fwrite(line, 1, len, file);
	}
	for (size_t i = 0; i < l->keys.size; i++) {
		const struct ledger_key *key = l->keys.at[i];

		fprintf(file, "k %u %s\n", key->number, key->verifier);
	}
	return fflush(file) || ferror(file) ? -EIO : 0;
}

/* A new journal takes the place of the old one in one step. */
static int rewrite(struct ledger *l)
{
	struct stat st;
	char *name;
	FILE *file;
	int ret, fd;

	if (asprintf(&name, "%s.new", l->path) < 0)
		return -ENOMEM;
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	ret = file ? write_everything(l, file) : -errno;
	if (!ret && (fstat(fd, &st) || rename(name, l->path)))
		ret = -errno;
	if (file)
		fclose(file);
	if (!ret) {
		l->ino = st.st_ino;
		l->length = st.st_size;
		l->lines = l->entries.size + l->keys.size;
		if (l->fd >= 0)
			close(l->fd);
		l->fd = -1;
	}
	free(name);
	return ret;
}

static int open_journal(struct ledger *l)
{
	struct stat st;

	l->fd = open(l->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (l->fd < 0 || fstat(l->fd, &st))
		return -errno;
	l->ino = st.st_ino;
	return 0;
}

static int append(struct ledger *l, const char *line, size_t len)
{
	int ret = 0;

	if (!l->locked)
		return -EPERM;
	if (l->fd < 0)
		ret = open_journal(l);
	if (ret)
		return ret;
	ret = write_all(l->fd, line, len);
	if (ret)
		return ret;
	l->lines++;
	l->length += len;
	return 0;
}

static int append_entry(struct ledger *l, const struct ledger_entry *entry)
{
	char line[LINE_ROOM];

	return append(l, line, format_entry(entry, line));
}

static int append_gone(struct ledger *l, __u32 discriminator)
{
	char line[32];
	int len = snprintf(line, sizeof(line), "s 0x%08x -\n", discriminator);

	return append(l, line, len);
}

/* ---- opening and locking ---- */

const char *ledger_name(const struct ledger *ledger)
{
	return ledger->path;
}

int ledger_open(const char *path, bool read_only, struct ledger **ledger)
{
	struct ledger *l = calloc(1, sizeof(*l));
	int ret = -ENOMEM;
	char *name;

	*ledger = NULL;
	if (!l)
		return ret;
	l->fd = -1;
	l->lock_fd = -1;
	l->path = strdup(path);
	if (!l->path || asprintf(&name, "%s.lock", path) < 0)
		goto fail;
	if (!read_only) {
		if (!strncmp(path, DIRECTORY "/", sizeof(DIRECTORY)))
			mkdir(DIRECTORY, 0700);
		l->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		ret = l->lock_fd < 0 ? -errno : 0;
	}
	free(name);
	if (l->lock_fd >= 0 || read_only)
		ret = read_journal(l);
	if (ret)
		goto fail;
	*ledger = l;
	return 0;
fail:
	ledger_close(l);
	return ret;
}

void ledger_close(struct ledger *ledger)
{
	if (!ledger)
		return;
	if (ledger->fd >= 0)
		close(ledger->fd);
	if (ledger->lock_fd >= 0)
		close(ledger->lock_fd);
	forget_all(ledger);
	free(ledger->path);
	free(ledger);
}

/* Has somebody else written, or was there half a line? */
static bool is_current(const struct ledger *l)
{
	struct stat st;

	if (stat(l->path, &st))
		return !l->ino;
	return st.st_ino == l->ino && st.st_size == l->length;
}

static int refresh(struct ledger *l)
{
	int ret;

	if (is_current(l))
		return 0;
	/* it may be another file */
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	ret = read_journal(l);
	/* half a line at the end: away with it before anything is appended */
	return ret || is_current(l) ? ret : rewrite(l);
}

void ledger_peek(struct ledger *ledger)
{
	if (!ledger->locked && !is_current(ledger))
		read_journal(ledger);
}

bool ledger_is_locked(const struct ledger *ledger)
{
	return ledger->locked;
}

int ledger_lock(struct ledger *ledger, bool wait)
{
	int ret;

	if (ledger->locked++)
		return 0;
	do
		ret = flock(ledger->lock_fd, LOCK_EX | (wait ? 0 : LOCK_NB));
	while (ret && errno == EINTR);
	ret = ret ? -errno : refresh(ledger);
	if (ret) {
		flock(ledger->lock_fd, LOCK_UN);
		ledger->locked--;
	}
	return ret;
}

void ledger_unlock(struct ledger *ledger)
{
	if (--ledger->locked)
		return;
	/* without room for a new one, the old one will do */
	if (ledger->lines > 2 * (ledger->entries.size + ledger->keys.size) +
	    SPARE_LINES) {
		ledger->locked++;
		rewrite(ledger);
		ledger->locked--;
	}
	flock(ledger->lock_fd, LOCK_UN);
}

/* ---- entries ---- */

static __u32 discriminator_of(const struct bfdnl_session *session)
{
	return bfdnl_session_number(session, BFDNL_LOCAL_DISCRIMINATOR);
}

static struct ledger_entry *find(const struct ledger *l,
				 const struct bfdnl_session *session)
{
	__u32 discriminator = discriminator_of(session);
	struct ledger_entry *entry;

	entry = vector_get(&l->entries, compare_entry, &discriminator);
	if (entry && !bfdnl_addr_equal(&entry->dest,
				       bfdnl_session_addr(session, BFDNL_DEST_ADDR)))
		return NULL;
	return entry;
}

const struct ledger_entry *ledger_find(const struct ledger *ledger,
				       const struct bfdnl_session *session)
{
	return find(ledger, session);
}

const struct ledger_entry *ledger_at(const struct ledger *ledger, size_t index)
{
	return ledger->entries.at[index];
}

size_t ledger_size(const struct ledger *ledger)
{
	return ledger->entries.size;
}

static size_t owner_index(const struct ledger_entry *entry, const char *owner)
{
	size_t i = 0;

	while (i < entry->owners.size && strcmp(entry->owners.at[i], owner))
		i++;
	return i;
}

bool ledger_owned_by(const struct ledger_entry *entry, const char *owner)
{
	return entry && owner_index(entry, owner) < entry->owners.size;
}

int ledger_own(struct ledger *ledger, const struct bfdnl_session *session,
	       const char *owner)
{
	const struct bfdnl_addr *dest;
	struct ledger_entry *entry = find(ledger, session);
	int ret;

	if (ledger_owned_by(entry, owner))
		return 0;
	dest = bfdnl_session_addr(session, BFDNL_DEST_ADDR);
	if (!dest || !discriminator_of(session))
		return -EINVAL;
	if (!entry) {
		/* of another peer: it is of the past */
		forget(ledger, discriminator_of(session));
		ret = learn(ledger, discriminator_of(session), dest, &entry);
		if (ret)
			return ret;
	}
	ret = add_owner(entry, owner);
	if (!ret)
		ret = append_entry(ledger, entry);
	if (ret && !entry->owners.size)
		forget(ledger, entry->discriminator);
	return ret;
}

int ledger_disown(struct ledger *ledger, const struct bfdnl_session *session,
		  const char *owner)
{
	struct ledger_entry *entry = find(ledger, session);
	size_t index;
	int ret;

	if (!entry)
		return 0;
	index = owner ? owner_index(entry, owner) : 0;
	if (index < entry->owners.size && (owner && entry->owners.size > 1)) {
		free(entry->owners.at[index]);
		vector_remove(&entry->owners, index);
		ret = append_entry(ledger, entry);
		return ret ? ret : (int)entry->owners.size;
	}
	if (owner && index == entry->owners.size)
		return entry->owners.size;
	ret = append_gone(ledger, entry->discriminator);
	forget(ledger, entry->discriminator);
	return ret;
}

int ledger_prune(struct ledger *ledger,
		 bool (*exists)(__u32 discriminator,
				const struct bfdnl_addr *dest, void *data),
		 void *data)
{
	int ret;

	for (size_t i = ledger->entries.size; i-- > 0;) {
		const struct ledger_entry *entry = ledger->entries.at[i];

		if (exists(entry->discriminator, &entry->dest, data))
			continue;
		ret = append_gone(ledger, entry->discriminator);
		if (ret)
			return ret;
		forget(ledger, entry->discriminator);
	}
	return 0;
}

/* ---- keys ---- */

const struct ledger_key *ledger_find_key(const struct ledger *ledger,
					 __u32 number)
{
	return vector_get(&ledger->keys, compare_key, &number);
}

const struct ledger_key *ledger_key_at(const struct ledger *ledger,
				       size_t index)
{
	return index < ledger->keys.size ? ledger->keys.at[index] : NULL;
}

int ledger_set_key(struct ledger *ledger, __u32 number,
		   const char *verifier)
{
	char line[512];
	int len;

	if (!verifier && !ledger_find_key(ledger, number))
		return 0;
	len = snprintf(line, sizeof(line), "k %u %s\n", number,
		       verifier ? verifier : "-");
	return append(ledger, line, len) ?: learn_key(ledger, number, verifier);
}
