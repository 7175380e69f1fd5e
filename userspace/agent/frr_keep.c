// SPDX-License-Identifier: GPL-2.0
/*
 * FRR's data plane protocol: connections that outlive the agent.
 *
 * Where bfdd listens, it takes the end of a connection for the failure of all
 * its sessions. So systemd keeps a copy of each connection, and gives it to the
 * agent that comes after us: bfdd notices nothing but that nobody answers for a
 * moment.
 *
 * What was read of a connection and not yet done would be lost with us, and
 * bfdd does not say it twice. So a connection is only kept while there is
 * nothing of that kind. systemd takes note of what we tell it before it takes
 * note of our death.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>
#include "frr.h"

#define OURS	"frr-ours-"
#define THEIRS	"frr-theirs-"

void frr_keep(struct frr_link *link)
{
	static unsigned int serial;
	char message[100];

	if (link->kept || !link->registered || link->in_used ||
	    frr_entries_unsettled(link))
		return;
	link->kept = true;
	if (!*link->name)
		snprintf(link->name, sizeof(link->name), "%s%d-%u",
			 link->ours ? OURS : THEIRS, getpid(), serial++);
	snprintf(message, sizeof(message), "FDSTORE=1\nFDNAME=%s", link->name);
	sd_pid_notify_with_fds(0, 0, message, &link->fd, 1);
}

void frr_keep_not(struct frr_link *link)
{
	if (!link->kept)
		return;
	link->kept = false;
	sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", link->name);
}

static void resume(struct frr *frr, const char *name, int fd)
{
	struct frr_link *link;

	link = frr_link_new(frr, fd, !strncmp(name, OURS, strlen(OURS)));
	if (!link)
		return;
	link->registered = true;
	link->kept = true;
	snprintf(link->name, sizeof(link->name), "%s", name);
	/* which of them it was that named a session matters to nobody */
	frr_entries_presume(link);
}

void frr_keep_resume(struct frr *frr)
{
	static const char * const names[] = { OURS, THEIRS };
	char name[FRR_LINK_NAME];
	int fd;

	for (int i = 0; i < 2; i++)
		while ((fd = agent_kept(names[i], name, sizeof(name))) >= 0)
			resume(frr, name, fd);
}
