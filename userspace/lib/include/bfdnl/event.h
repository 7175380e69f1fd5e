/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * libbfdnl: events, without gaps.
 *
 * A monitor begins with a snapshot and then follows the kernel's events. Every
 * event of a network namespace carries a sequence number. If one is missing,
 * or the socket overflowed, the monitor reports RESYNC, dumps all sessions and
 * reports what changed meanwhile as derived events: the caller's picture of
 * the sessions is right after every event it was given, whatever was lost.
 *
 * An event that happened during a dump may be reported although the dump
 * already showed its effect. Applying it again is harmless.
 */
#ifndef BFDNL_EVENT_H
#define BFDNL_EVENT_H

#include <bfdnl/session.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bfdnl;
struct bfdnl_event;
struct bfdnl_monitor;

/**
 * enum bfdnl_event_type - what happened
 * @BFDNL_EVENT_SNAPSHOT: a session that exists as the monitor begins
 * @BFDNL_EVENT_CREATED: a session was created
 * @BFDNL_EVENT_STATE: the state of a session changed
 * @BFDNL_EVENT_PARAMETERS: configured or negotiated parameters changed
 * @BFDNL_EVENT_DELETED: a session was deleted; its last known fields
 * @BFDNL_EVENT_RESYNC: events were lost; derived events may follow
 */
enum bfdnl_event_type {
	BFDNL_EVENT_SNAPSHOT,
	BFDNL_EVENT_CREATED,
	BFDNL_EVENT_STATE,
	BFDNL_EVENT_PARAMETERS,
	BFDNL_EVENT_DELETED,
	BFDNL_EVENT_RESYNC,
};

/**
 * typedef bfdnl_event_fn - receives events
 * @event: what happened; valid until the function returns
 * @data: as given to bfdnl_monitor_open()
 *
 * May use the handle the monitor was opened with, but not free the monitor, nor
 * dispatch it (-EBUSY).
 *
 * Return: 0 to go on; any other value ends the call that delivered the event,
 * which returns this value. Later events are then kept for the next call.
 */
typedef int (*bfdnl_event_fn)(const struct bfdnl_event *event, void *data);

/**
 * bfdnl_monitor_open() - begin to follow the sessions of a network namespace
 * @h: a connected handle; used for dumps and errors, must outlive the monitor
 * @fn: is called for each event, at first for the snapshot
 * @data: handed to @fn
 * @monitor: gets the monitor, also if @fn ended the snapshot early
 *
 * The snapshot is complete when the function returns 0.
 *
 * Return: 0, a negative errno explained by bfdnl_error(), or what @fn returned.
 */
int bfdnl_monitor_open(struct bfdnl *h, bfdnl_event_fn fn, void *data,
		       struct bfdnl_monitor **monitor);

/**
 * bfdnl_monitor_fd() - what to wait for
 * @monitor: the monitor
 *
 * Return: a file descriptor that polls readable when bfdnl_monitor_dispatch()
 * has something to do. Do not read from it or close it.
 */
int bfdnl_monitor_fd(const struct bfdnl_monitor *monitor);

/**
 * bfdnl_monitor_dispatch() - handle what has arrived; never waits for events
 * @monitor: the monitor
 *
 * Handles a bounded number of messages; call it again whenever the descriptor
 * polls readable. On failure the monitor remains usable: a resync that failed
 * is tried again by the next call.
 *
 * Return: 0, a negative errno explained by bfdnl_error() (-ENODEV: the module
 * was unloaded), or what the event function returned.
 */
int bfdnl_monitor_dispatch(struct bfdnl_monitor *monitor);

/**
 * bfdnl_monitor_close() - stop following
 * @monitor: the monitor or NULL
 */
void bfdnl_monitor_close(struct bfdnl_monitor *monitor);

/**
 * bfdnl_event_type() - what happened
 * @event: the event
 *
 * Return: its type.
 */
enum bfdnl_event_type bfdnl_event_type(const struct bfdnl_event *event);

/**
 * bfdnl_event_type_name() - name of an event type
 * @type: the type
 *
 * Return: "snapshot", "created", "state", "parameters", "deleted" or "resync";
 * NULL if unknown.
 */
const char *bfdnl_event_type_name(enum bfdnl_event_type type);

/**
 * bfdnl_event_session() - the session it happened to
 * @event: the event
 *
 * Return: all that is known of the session after the event, valid as long as
 * @event; NULL for BFDNL_EVENT_RESYNC.
 */
const struct bfdnl_session *bfdnl_event_session(const struct bfdnl_event *event);

/**
 * bfdnl_event_sequence() - position in the kernel's stream of events
 * @event: the event
 *
 * Return: the sequence number, which wraps at 2^32. For snapshot, resync and
 * derived events it is that of the last event before the dump.
 */
__u32 bfdnl_event_sequence(const struct bfdnl_event *event);

/**
 * bfdnl_event_time() - when it happened, by the wall clock
 * @event: the event
 *
 * Return: nanoseconds of CLOCK_REALTIME; for snapshot, resync and derived
 * events the moment the library saw it.
 */
__u64 bfdnl_event_time(const struct bfdnl_event *event);

/**
 * bfdnl_event_monotonic() - when it happened, by a clock that never jumps
 * @event: the event
 *
 * Return: nanoseconds of CLOCK_MONOTONIC, otherwise as bfdnl_event_time().
 */
__u64 bfdnl_event_monotonic(const struct bfdnl_event *event);

/**
 * bfdnl_event_old_state() - the state before a BFDNL_EVENT_STATE
 * @event: the event
 *
 * Return: enum bfd_state, or -ENOENT if the event has none.
 */
int bfdnl_event_old_state(const struct bfdnl_event *event);

/**
 * bfdnl_event_new_state() - the state after a BFDNL_EVENT_STATE
 * @event: the event
 *
 * Return: enum bfd_state, or -ENOENT if the event has none.
 */
int bfdnl_event_new_state(const struct bfdnl_event *event);

/**
 * bfdnl_event_receive_times() - the last packets before the session left Up
 * @event: the event
 * @size: gets how many there are, at most 5
 *
 * Return: nanoseconds of CLOCK_MONOTONIC, newest first, valid as long as
 * @event.
 */
const __u64 *bfdnl_event_receive_times(const struct bfdnl_event *event,
				       size_t *size);

/**
 * bfdnl_event_derived() - was it found by a resync?
 * @event: the event
 *
 * Return: true if the kernel's own event was lost and this one was concluded
 * from a dump. Several changes may have become one.
 */
bool bfdnl_event_derived(const struct bfdnl_event *event);

/**
 * bfdnl_event_lost() - how many events a BFDNL_EVENT_RESYNC stands for
 * @event: the event
 *
 * Return: the number of events that were lost or overtaken by the dump.
 */
__u32 bfdnl_event_lost(const struct bfdnl_event *event);

#ifdef __cplusplus
}
#endif

#endif /* BFDNL_EVENT_H */
