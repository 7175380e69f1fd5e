/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bfdnl doctor: what endangers the punctuality of this host.
 */
#ifndef BFDNL_DOCTOR_H
#define BFDNL_DOCTOR_H

#include "bfdnl.h"

#define CPUS_MAX	8192
#define CPUS_TEXT_LEN	128

enum severity {
	SEVERITY_CRITICAL,	/* sessions will fail, or never come up */
	SEVERITY_WARNING,	/* sessions may fail under load */
	SEVERITY_NOTE,		/* good to know */
	SEVERITY_UNCHECKED,
};

struct finding {
	enum severity severity;
	const char *check;
	char *cause;
	char *fix;		/* NULL: nothing to be done */
};

/**
 * struct doctor - an examination
 * @app: the program
 * @root: where /proc, /sys and /dev are; "": this host
 * @interval: the shortest between two packets, microseconds
 * @sessions: how many there are; -1: not known
 * @roaming: IPv4 sessions that are bound to no link
 * @down: IPv4 sessions that are Down
 * @multihop: sessions over multiple hops
 * @stats: of the module, or NULL
 * @check: the check at work
 * @findings: what was found
 * @size: how many
 */
struct doctor {
	struct app *app;
	const char *root;
	__u64 interval;
	int sessions;
	unsigned int roaming;
	unsigned int down;
	unsigned int multihop;
	struct bfdnl_stats *stats;
	const char *check;
	struct finding *findings;
	size_t size;
};

/* doctor.c */

/* Report, and say of the last report what helps. */
__printf(3, 4)
void doctor_find(struct doctor *d, enum severity how_bad,
		 const char *format, ...);
__printf(2, 3)
void doctor_fix(struct doctor *d, const char *format, ...);

/* doctor_tree.c: files of the host */

__printf(4, 5)
bool tree_read(const struct doctor *d, char *text, size_t size,
	       const char *format, ...);
__printf(3, 4)
bool tree_number(const struct doctor *d, __u64 *value, const char *format, ...);
__printf(2, 3)
bool tree_exists(const struct doctor *d, const char *format, ...);
__printf(2, 3)
char *tree_load(const struct doctor *d, const char *format, ...);
char *tree_command(const struct doctor *d, const char *name,
		   const char * const *words);

typedef void (*tree_entry_fn)(struct doctor *d, const char *name, void *data);
bool tree_list(struct doctor *d, const char *path, tree_entry_fn fn, void *data);

struct cpus {
	unsigned char set[CPUS_MAX / 8];
};

bool cpus_has(const struct cpus *cpus, unsigned int cpu);
void cpus_add(struct cpus *cpus, unsigned int cpu);
void cpus_parse(struct cpus *cpus, const char *text);
void cpus_read(const struct doctor *d, struct cpus *cpus, const char *path);
unsigned int cpus_count(const struct cpus *cpus);
const char *cpus_format(const struct cpus *cpus, char *text, size_t size);

/* The checks: doctor_cpu.c, doctor_net.c, doctor_firewall.c */
void check_softirq_threads(struct doctor *d);
void check_idle_states(struct doctor *d);
void check_governor(struct doctor *d);
void check_isolation(struct doctor *d);
void check_clock(struct doctor *d);
void check_steal(struct doctor *d);
void check_rcu(struct doctor *d);
void check_pages(struct doctor *d);
void check_backlog(struct doctor *d);
void check_budget(struct doctor *d);
void check_rp_filter(struct doctor *d);
void check_conntrack(struct doctor *d);
void check_lateness(struct doctor *d);
void check_firewall(struct doctor *d);

/* doctor_rules.c: what a firewall does with a packet */

enum verdict {
	VERDICT_NONE,		/* goes on with the next rule */
	VERDICT_ACCEPT,
	VERDICT_DROP,
	VERDICT_RETURN,
	VERDICT_JUMP,
	VERDICT_GOTO,
	VERDICT_NOTRACK,
};

/* Does a packet to one of our ports match? */
enum match {
	MATCH_NO,
	MATCH_MAYBE,		/* it depends on something else */
	MATCH_YES,
};

struct rule {
	char *chain;		/* in which it is, with its table */
	char *target;		/* of a jump, likewise */
	enum verdict verdict;
	enum match match[3];	/* by port: see firewall_ports */
};

struct chain {
	char *name;
	char *where;		/* for people */
	bool input;		/* packets to this host begin here */
	bool drops;		/* its policy */
};

struct ruleset {
	struct chain *chains;
	size_t chains_size;
	struct rule *rules;
	size_t rules_size;
};

#define FIREWALL_PORTS	3
extern const unsigned int firewall_ports[FIREWALL_PORTS];

struct chain *ruleset_chain(struct ruleset *set, const char *name);
struct rule *ruleset_rule(struct ruleset *set, const char *chain);
void ruleset_free(struct ruleset *set);
const struct chain *ruleset_drops(const struct ruleset *set, unsigned int port,
				  bool *certain);

/* doctor_nft.c, doctor_iptables.c */
bool nft_parse(const char *text, struct ruleset *set);
void iptables_parse(const char *text, const char *family, struct ruleset *set);

#endif /* BFDNL_DOCTOR_H */
