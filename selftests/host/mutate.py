#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Break packet.c, fsm.c, auth.c and echo_pkt.c in many small ways; the unit tests must notice each.

A mutation is a piece of text, of which the first occurrence in the file counts,
and what replaces it. One whose text is not found any more is an error: the code
moved on, and so must the list.
"""

import argparse
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TESTS = ["test_packet", "test_fsm_states", "test_fsm_timers", "test_fsm_poll",
         "test_fsm_demand", "test_fsm_own_demand", "test_fsm_silence", "test_tx_delay",
         "test_fsm_echo", "test_fsm_pair"]
AUTH_TESTS = ["test_auth"]
ECHO_TESTS = ["test_echo_pkt"]

PACKET = [
    ("len < BFD_PACKET_LEN", "len <= BFD_PACKET_LEN"),
    ("len < BFD_PACKET_LEN", "len < BFD_PACKET_LEN - 1"),
    ("!= BFD_VERSION", "> BFD_VERSION"),
    ("w->len < (w->flags", "w->len <= (w->flags"),
    ("? BFD_PACKET_AUTH_MIN : BFD_PACKET_LEN", "? BFD_PACKET_LEN : BFD_PACKET_LEN"),
    ("w->len > len", "w->len >= len"),
    ("w->len > len", "w->len != len"),
    ("if (!w->detect_mult)", "if (0)"),
    ("if (w->flags & WIRE_MULTIPOINT)", "if (0)"),
    ("if (!w->my_discr)", "if (0)"),
    ("(w->flags & WIRE_POLL) && (w", "(w->flags & WIRE_POLL) || (w"),
    ("if (!p->your_discr &&", "if (0 &&"),
    ("p->state != BFD_STATE_DOWN &&", "1 &&"),
    ("&& p->state != BFD_STATE_ADMIN_DOWN", ""),
    ("WIRE_DIAG_MASK\t\t0x1f", "WIRE_DIAG_MASK\t\t0x0f"),
    ("WIRE_CPI\t\t0x08", "WIRE_CPI\t\t0x04"),
    ("WIRE_DEMAND\t\t0x02", "WIRE_DEMAND\t\t0x08"),
    ("be32_to_cpu(w->required_min_rx)", "be32_to_cpu(w->desired_min_tx)"),
    ("cpu_to_be32(p->required_min_echo_rx)", "0"),
    (".len = p->len", ".len = BFD_PACKET_LEN"),
    ("p->demand = w->flags & WIRE_DEMAND", "p->demand = false"),
]

FSM = [
    # the slow rate, negotiation, detection
    ("larger(f->cfg.desired_min_tx, BFD_SLOW_INTERVAL_US)", "f->cfg.desired_min_tx"),
    ("larger(f->cfg.desired_min_tx, BFD_SLOW_INTERVAL_US)", "BFD_SLOW_INTERVAL_US"),
    ("f->cfg.required_min_rx ?: BFD_SLOW_INTERVAL_US", "f->cfg.required_min_rx"),
    ("remote_demand(f) && !bfd_fsm_poll_due(f)", "remote_demand(f)"),
    ("remote_demand(f) && !bfd_fsm_poll_due(f)", "remote_demand(f) && !f->poll_active"),
    ("remote_demand(f) && !bfd_fsm_poll_due(f)", "false"),
    (" || not_before != f->tx_not_before", ""),
    ("f->tx_not_before = not_before", ""),
    ("larger(f->tx_in_force, f->remote_min_rx_interval)", "f->tx_in_force"),
    ("larger(f->tx_in_force, f->remote_min_rx_interval)",
     "smaller(f->tx_in_force, f->remote_min_rx_interval)"),
    ("larger(f->tx_in_force, f->remote_min_rx_interval)",
     "larger(f->desired_min_tx_interval, f->remote_min_rx_interval)"),
    ("!f->remote_discr || !f->rx_in_force", "!f->remote_discr"),
    ("larger(f->rx_in_force, f->remote_desired_min_tx_interval)", "f->rx_in_force"),
    ("larger(f->rx_in_force, f->remote_desired_min_tx_interval)",
     "larger(f->required_min_rx_interval, f->remote_desired_min_tx_interval)"),
    ("|| !f->remote_min_rx_interval)", ")"),
    ("!bfd_fsm_may_send(f) || !f->remote", "!f->remote"),
    ("return !f->cfg.passive || f->remote_discr", "return true"),
    ("return !f->cfg.passive || f->remote_discr", "return f->remote_discr"),
    ("return !f->cfg.passive || f->remote_discr", "return f->remote_min_rx_interval && "
     "(!f->cfg.passive || f->remote_discr)"),
    ("(u64)f->remote_detect_mult *", "(u64)f->cfg.detect_mult *"),
    ("(u64)f->remote_detect_mult * bfd_fsm_rx_interval(f)",
     "(u64)(u32)(f->remote_detect_mult * bfd_fsm_rx_interval(f))"),
    ("act |= BFD_ACT_DETECT", "act |= 0"),
    ("both_up(f);\n}\n\n/* 6.8.7, \"Demand", "f->session_state == BFD_STATE_UP;\n}\n\n"
     "/* 6.8.7, \"Demand"),
    ("both_up(f);\n}\n\n/* 6.8.7, \"Demand", "f->remote_session_state == BFD_STATE_UP;\n}\n\n"
     "/* 6.8.7, \"Demand"),
    ("f->session_state == BFD_STATE_UP && f->remote_session_state == BFD_STATE_UP",
     "f->session_state == BFD_STATE_UP"),
    ("f->cfg.demand && both_up(f)", "f->cfg.demand"),
    ("f->cfg.demand && both_up(f)", "f->cfg.demand && f->session_state == BFD_STATE_UP"),
    ("f->cfg.demand && both_up(f)", "both_up(f)"),
    ("f->demand_in_force || remote_demand(f)", "f->demand_in_force"),
    ("f->demand_in_force || remote_demand(f)", "remote_demand(f)"),
    ("f->untold && demand_active(f)", "f->untold"),
    ("f->untold && demand_active(f)", "demand_active(f)"),
    ("f->poll_request || untold_in_demand(f) || f->demand_bit", "untold_in_demand(f) || f->demand_bit"),
    ("f->poll_request || untold_in_demand(f) || f->demand_bit", "f->poll_request || f->demand_bit"),
    ("f->demand_bit != demand_wanted(f) ||", ""),
    ("f->demand_bit != demand_wanted(f) ||", "(!f->demand_bit && demand_wanted(f)) ||"),
    ("(f->poll_active || poll_waits(f))", "f->poll_active"),
    ("(f->poll_active || poll_waits(f))", "poll_waits(f)"),
    ("f->demand_bit && f->cfg.demand_poll_interval", "f->demand_bit"),
    ("f->demand_bit && f->cfg.demand_poll_interval", "f->cfg.demand_poll_interval"),
    ("remote_demand(f) && !bfd_fsm_polls(f) &&", "0 &&"),
    ("remote_demand(f) && !bfd_fsm_polls(f) &&", "!bfd_fsm_polls(f) &&"),
    ("&& !verifies(f))\n\t\treturn 0", ")\n\t\treturn 0"),
    ("remote_demand(f) && !bfd_fsm_poll_due(f) && !verifies(f)",
     "remote_demand(f) && !f->poll_active && !verifies(f)"),
    ("remote_demand(f) && !bfd_fsm_poll_due(f) && !verifies(f)", "remote_demand(f) && !verifies(f)"),
    ("remote_demand(f) && !bfd_fsm_poll_due(f) && !verifies(f)",
     "!bfd_fsm_poll_due(f) && !verifies(f)"),
    ("remote_demand(f) && !bfd_fsm_poll_due(f) && !verifies(f)", "false"),
    ("if (!remote_demand(f) || f->poll_active)", "if (f->poll_active)"),
    ("if (!remote_demand(f) || f->poll_active)", "if (!remote_demand(f))"),
    ("if (!bfd_fsm_poll_due(f) && verifies(f))", "if (verifies(f))"),
    ("if (!bfd_fsm_poll_due(f) && verifies(f))", "if (0)"),
    ("later(f->poll_hold, f->verify_at)", "f->verify_at"),
    ("later(f->poll_hold, f->verify_at)", "f->poll_hold"),
    ("return f->poll_hold;", "return 0;"),
    ("return f->poll_hold;", "return f->poll_first;"),
    # the Detection Time of Demand mode
    ("(u64)f->cfg.detect_mult * NS_PER_US", "(u64)f->remote_detect_mult * NS_PER_US"),
    ("larger(f->desired_min_tx_interval, f->remote_min_rx_interval)", "f->desired_min_tx_interval"),
    ("larger(f->desired_min_tx_interval, f->remote_min_rx_interval)", "f->remote_min_rx_interval"),
    ("by_poll = f->demand_in_force", "by_poll = f->demand_bit"),
    ("by_poll = f->demand_in_force", "by_poll = false"),
    ("by_poll && !f->poll_sent ? 0 :", "by_poll && !f->poll_active ? 0 :"),
    ("by_poll && !f->poll_sent ? 0 :", "by_poll ? 0 :"),
    ("by_poll && !f->poll_sent ? 0 :", ""),
    ("if (detection_time && !by_poll && (", "if (0 && ("),
    ("(!f->detection_time || f->by_poll)", "!f->detection_time"),
    ("(!f->detection_time || f->by_poll)", "f->by_poll"),
    ("(!f->detection_time || f->by_poll)", "true"),
    ("f->by_poll = by_poll", ""),
    # Poll Sequences
    ("f->poll_active = false;\n\tf->poll_sent = false;\n\tf->poll_request",
     "f->poll_sent = false;\n\tf->poll_request"),
    ("f->poll_sent = false;\n\tf->poll_request", "f->poll_request"),
    ("f->poll_request = false;\n\tf->untold", "f->untold"),
    ("f->untold = false;\n\tf->poll_hold", "f->poll_hold"),
    ("f->poll_hold = 0", ""),
    ("up ? f->cfg.desired_min_tx : slow_desired(f)", "slow_desired(f)"),
    ("if (!up) {\n\t\tf->tx", "if (!up && !same) {\n\t\tf->tx"),
    ("f->tx_in_force = desired;", ""),
    ("f->rx_in_force = required;", ""),
    ("required == f->required_min_rx_interval && demand == f->demand_bit",
     "required == f->required_min_rx_interval"),
    ("f->demand_bit = demand", ""),
    ("f->demand_in_force = false;\n\t}\n\tif (same", "}\n\tif (same"),
    ("if (same && !f->poll_request && !untold_in_demand(f))", "if (same && !untold_in_demand(f))"),
    ("if (same && !f->poll_request && !untold_in_demand(f))", "if (same && !f->poll_request)"),
    ("if (same && !f->poll_request && !untold_in_demand(f))", "if (0)"),
    ("f->poll_request = false;\n\tf->poll_verifies = false;", "f->poll_verifies = false;"),
    ("f->poll_verifies = false;\n\tf->untold", "f->untold"),
    ("f->poll_verifies = false;\n\t/* one under way", "/* one under way"),
    ("f->poll_active && !f->poll_verifies", "f->poll_active"),
    ("!bfd_fsm_polls(f) && !poll_waits(f)", "!bfd_fsm_polls(f)"),
    ("!bfd_fsm_polls(f) && !poll_waits(f)", "!f->poll_active && !poll_waits(f)"),
    ("!bfd_fsm_polls(f) && !poll_waits(f)", "!poll_waits(f)"),
    ("return becomes_news ? BFD_ACT_PARAMS : 0", "return 0"),
    ("return becomes_news ? BFD_ACT_PARAMS : 0", "return BFD_ACT_PARAMS"),
    ("f->poll_verifies = !news;", ""),
    ("f->poll_verifies = !news;", "f->poll_verifies = true;"),
    ("bool news = bfd_fsm_poll_due(f);", "bool news = true;"),
    ("return news ? BFD_ACT_PARAMS : 0;\n}\n\n/* 6.8.6", "return 0;\n}\n\n/* 6.8.6"),
    ("return news ? BFD_ACT_PARAMS : 0;\n}\n\nunsigned", "return 0;\n}\n\nunsigned"),
    ("return act || answered ?", "return act ?"),
    ("f->poll_request |= !news;", ""),
    ("f->demand_in_force |= demand", "f->demand_in_force = demand"),
    ("f->demand_in_force |= demand", ""),
    ("advertise(f) || f->untold || (f->poll_active", "f->untold || (f->poll_active"),
    ("advertise(f) || f->untold || (f->poll_active", "advertise(f) || (f->poll_active"),
    ("f->untold || (f->poll_active && !f->poll_sent)", "f->untold"),
    ("f->untold || (f->poll_active && !f->poll_sent)", "f->untold || f->poll_active"),
    ("news ? BFD_ACT_SEND | BFD_ACT_PARAMS : 0", "0"),
    ("if (!f->remote_min_rx_interval)\n\t\treturn tell_silenced(f)", "if (0)\n\t\treturn 0"),
    ("f->dirty = true;\n\tif (!up)", "if (!up)"),
    ("if (!up)\n\t\treturn", "if (0)\n\t\treturn"),
    ("f->poll_active = true", "f->poll_active = false"),
    ("f->untold = false;\n\tf->tx", "f->tx"),
    ("f->tx_in_force = smaller(f->tx_in_force, desired)", "f->tx_in_force = desired"),
    ("f->tx_in_force = smaller(f->tx_in_force, desired)", ""),
    ("f->rx_in_force = larger(f->rx_in_force, required)", "f->rx_in_force = required"),
    ("f->rx_in_force = larger(f->rx_in_force, required)", ""),
    ("if (f->rx_in_force && required)", "if (required)"),
    ("if (f->rx_in_force && required)", "if (f->rx_in_force)"),
    ("f->demand_in_force = f->demand_bit", ""),
    ("count_to_verification(f, now);\n\treturn news", "return news"),
    ("f->dirty = true;\n}\n\nunsigned int bfd_fsm_configure", "}\n\nunsigned int bfd_fsm_configure"),
    ("now + f->cfg.demand_poll_interval * NS_PER_US", "now"),
    ("if (new_verification)", "if (0)"),
    ("if (new_verification)", "if (1)"),
    # Polls on request, and for verification
    ("if (f->session_state != BFD_STATE_UP)\n\t\treturn 0;\n\tf->poll_verifies", "f->poll_verifies"),
    ("if (f->poll_active && f->remote_min_rx_interval)", "if (f->poll_active)"),
    ("if (f->poll_active && f->remote_min_rx_interval)", "if (0)"),
    ("f->poll_request = true;\n\tact |= begin", "act |= begin"),
    ("act |= begin(f, now);\n\treturn", "return"),
    ("f->poll_active || now < f->poll_hold", "f->poll_active"),
    ("f->poll_active || now < f->poll_hold", "now < f->poll_hold"),
    ("f->poll_active || now < f->poll_hold", "f->poll_active || now <= f->poll_hold"),
    ("!(verifies(f) && now >= f->verify_at)", "!(verifies(f) && now > f->verify_at)"),
    ("!(verifies(f) && now >= f->verify_at)", "now < f->verify_at"),
    ("!(verifies(f) && now >= f->verify_at)", "true"),
    ("!news && !(verifies(f)", "!(verifies(f)"),
    ("advertise(f);\n\tf->poll_verifies", "f->poll_verifies"),
    ("act || f->demand_in_force ? act | update", "act ? act | update"),
    ("act || f->demand_in_force ? act | update", "f->demand_in_force ? act | update"),
    ("f->remote_discr != p->my_discr && f->session_state == BFD_STATE_UP", "0"),
    ("f->remote_discr != p->my_discr && f->session_state == BFD_STATE_UP",
     "f->session_state == BFD_STATE_UP"),
    ("f->remote_discr != p->my_discr && f->session_state == BFD_STATE_UP",
     "f->remote_discr != p->my_discr"),
    ("f->poll_request |= f->demand_bit", ""),
    ("f->poll_request |= f->demand_bit", "f->poll_request = true"),
    ("f->demand_bit = false;\n\tf->demand_in_force", "f->demand_in_force"),
    ("f->demand_in_force = false;\n\tf->dirty", "f->dirty"),
    ("if (f->demand_in_force && !both_up(f))", "if (!both_up(f))"),
    ("if (f->demand_in_force && !both_up(f))", "if (0)"),
    ("if (!f->remote_min_rx_interval)\n\t\tact |= tell_silenced(f)", ""),
    ("if (!f->remote_min_rx_interval)\n\t\tact |=", "act |="),
    ("if (now - f->last_rx >= f->detection_time)", ""),
    ("if (now - f->last_rx >= f->detection_time)", "if (now - f->last_rx > f->detection_time)"),
    ("if (now - f->last_rx >= f->detection_time)", "if (!f->by_poll)"),
    ("kind == BFD_TX_CHANGE && bfd_fsm_change_polls(f)", "kind == BFD_TX_CHANGE"),
    ("kind == BFD_TX_CHANGE && bfd_fsm_change_polls(f)", "bfd_fsm_change_polls(f)"),
    ("kind == BFD_TX_CHANGE && bfd_fsm_change_polls(f)", "false"),
    ("return f->poll_active && !f->remote_min_rx_interval", "return f->poll_active"),
    ("return f->poll_active && !f->remote_min_rx_interval", "return !f->remote_min_rx_interval"),
    ("p->final && f->poll_sent", "p->final"),
    ("p->final && f->poll_sent", "p->final && f->poll_active"),
    ("p->final && f->poll_sent", "f->poll_sent"),
    ("f->poll_hold += now - f->poll_first;", ""),
    ("f->poll_hold += now - f->poll_first;", "f->poll_hold = now;"),
    ("f->poll_hold += now - f->poll_first;", "f->poll_hold = now + (now - f->poll_first);"),
    # where Polls get faster
    ("by_poll && f->by_poll && detection_time && f->detection_time", "0"),
    ("earlier(f->poll_since + was - is, now)", "now"),
    ("earlier(f->poll_since + was - is, now)", "f->poll_since + was - is"),
    ("earlier(is - was, f->poll_since - f->poll_first)", "0"),
    ("earlier(is - was, f->poll_since - f->poll_first)", "is - was"),
    ("earlier(is - was, f->poll_since - f->poll_first)", "f->poll_since - f->poll_first"),
    # what the next packet tells is not passed over
    ("f->settled = false;	/*", "/*"),
    ("f->tx_in_force = f->desired_min_tx_interval", ""),
    ("f->rx_in_force = f->required_min_rx_interval", ""),
    ("if (!carrier || !f->poll_active)", "if (!f->poll_active)"),
    ("if (!carrier || !f->poll_active)", "if (!carrier)"),
    ("carrier = kind == BFD_TX_PERIODIC ||", "carrier ="),
    ("if (!f->poll_sent) {\n", "{\n"),
    ("f->poll_hold = now;", ""),
    ("(!f->poll_sent && now >= f->poll_hold)", "(now >= f->poll_hold)"),
    ("(!f->poll_sent && now >= f->poll_hold)", "(!f->poll_sent)"),
    ("(!f->poll_sent && now >= f->poll_hold)",
     "(!f->poll_active && now >= f->poll_hold)"),
    ("(!f->poll_sent && now >= f->poll_hold)",
     "(!f->poll_sent && now > f->poll_hold)"),
    ("else if (bfd_fsm_poll_due(f))\n", "else if (0)\n"),
    # contents that need no Poll Sequence but in Demand mode, and a peer that asked for silence
    ("f->dirty = true;\n\tf->untold = true", "f->untold = true"),
    ("f->untold = true", "f->untold = remote_demand(f)"),
    ("f->untold = true", ""),
    ("act |= tell_silenced(f)", ""),
    ("!new_mult && !new_diag && cfg->required_min_echo_rx == f->cfg.required_min_echo_rx",
     "!new_mult && !new_diag"),
    ("!new_mult && !new_diag && cfg->required_min_echo_rx == f->cfg.required_min_echo_rx",
     "!new_mult && cfg->required_min_echo_rx == f->cfg.required_min_echo_rx"),
    ("!new_mult && !new_diag && cfg->required_min_echo_rx == f->cfg.required_min_echo_rx",
     "!new_diag && cfg->required_min_echo_rx == f->cfg.required_min_echo_rx"),
    ("!new_mult && !new_diag && cfg->required_min_echo_rx == f->cfg.required_min_echo_rx", "false"),
    ("f->session_state == BFD_STATE_UP && cfg->path_diag", "cfg->path_diag"),
    ("&& cfg->path_diag != f->cfg.path_diag", ""),
    ("if (new_diag)\n\t\tf->local_diag", "if (0)\n\t\tf->local_diag"),
    ("new_diag && !remote_demand(f) ? BFD_ACT_SEND", "new_diag ? BFD_ACT_SEND"),
    ("new_diag && !remote_demand(f) ? BFD_ACT_SEND", "0 ? BFD_ACT_SEND"),
    ("if (!demand_active(f) && (kind", "if ((kind"),
    ("if (!demand_active(f) && (kind", "if (!remote_demand(f) && (kind"),
    ("(kind == BFD_TX_PERIODIC || !f->remote_min_rx_interval))\n\t\tf->untold",
     "kind == BFD_TX_PERIODIC)\n\t\tf->untold"),
    ("(kind == BFD_TX_PERIODIC || !f->remote_min_rx_interval))\n\t\tf->untold",
     "!f->remote_min_rx_interval)\n\t\tf->untold"),
    ("(kind == BFD_TX_PERIODIC || !f->remote_min_rx_interval))\n\t\tf->untold",
     "true)\n\t\tf->untold"),
    ("bfd_fsm_poll_due(f) || verifies(f)", "bfd_fsm_poll_due(f)"),
    ("(p->poll ? BFD_ACT_FINAL : 0)", "0"),
    ("return act || answered ? act | update_timers(f, now) : 0", "return act"),
    ("BFD_STATE_UP, f->cfg.path_diag", "BFD_STATE_UP, BFD_DIAG_NONE"),
    (".cpi = true", ".cpi = false"),
    (".demand = f->demand_bit", ".demand = f->cfg.demand"),
    (".demand = f->demand_bit", ".demand = f->demand_in_force"),
    # states
    ("f->local_diag = diag;", ""),
    ("if (state != BFD_STATE_DOWN)\n", ""),
    ("BFD_STATE_DOWN, BFD_DIAG_NEIGHBOR_DOWN);\n\t\treturn 0;\n\t}\n\tswitch",
     "BFD_STATE_DOWN, BFD_DIAG_ADMIN_DOWN);\n\t\treturn 0;\n\t}\n\tswitch"),
    ("set_state(f, BFD_STATE_INIT, f->local_diag)", "set_state(f, BFD_STATE_INIT, BFD_DIAG_NONE)"),
    ("set_state(f, BFD_STATE_INIT, f->local_diag)", "set_state(f, BFD_STATE_UP, f->local_diag)"),
    ("received == BFD_STATE_INIT || received == BFD_STATE_UP", "received == BFD_STATE_UP"),
    ("received == BFD_STATE_INIT || received == BFD_STATE_UP", "received == BFD_STATE_INIT"),
    ("default: /* Up */\n\t\tif (received == BFD_STATE_DOWN)",
     "default: /* Up */\n\t\tif (received != BFD_STATE_UP)"),
    ("if (f->session_state == BFD_STATE_ADMIN_DOWN)\n", "if (0)\n"),
    ("f->last_rx = now;\n\tf->settled = false;\n\tif (answered", "if (answered"),
    ("now < bfd_fsm_deadline(f)", "now <= bfd_fsm_deadline(f)"),
    ("now < bfd_fsm_deadline(f)", "f->detection_time == 0"),
    ("forget_remote(f);\n\tif", "if"),
    ("f->session_state == BFD_STATE_INIT || f->session_state == BFD_STATE_UP",
     "f->session_state == BFD_STATE_UP"),
    ("BFD_STATE_ADMIN_DOWN, BFD_DIAG_ADMIN_DOWN)", "BFD_STATE_ADMIN_DOWN, f->local_diag)"),
    ("set_state(f, BFD_STATE_DOWN, BFD_DIAG_NONE)", "set_state(f, BFD_STATE_INIT, BFD_DIAG_NONE)"),
    ("f->remote_min_rx_interval = 1", ""),
    ("f->remote_discr = 0", ""),
    ("f->remote_demand_mode = false", ""),
    ("f->remote_cpi = false", ""),
    ("f->remote_diag = BFD_DIAG_NONE", ""),
    ("f->remote_detect_mult = 0", ""),
    ("f->remote_session_state = BFD_STATE_DOWN", ""),
    ("f->remote_desired_min_tx_interval = 0", ""),
    ("f->remote_min_echo_rx_interval = 0", ""),
    ("BFD_STATE_DOWN, BFD_DIAG_PATH_DOWN) | update_timers(f, now)",
     "BFD_STATE_DOWN, BFD_DIAG_PATH_DOWN)"),
    ("f->remote_min_rx_interval = p->required_min_rx",
     "f->remote_min_rx_interval = p->desired_min_tx"),
    ("f->remote_discr == p->my_discr &&\n", ""),
    ("f->remote_detect_mult == p->detect_mult &&\n", ""),
    ("return (new_mult ? BFD_ACT_TX : 0)", "return 0"),
    # what is sent
    (".your_discr = f->remote_discr", ".your_discr = 0"),
    (".desired_min_tx = f->desired_min_tx_interval", ".desired_min_tx = f->cfg.desired_min_tx"),
    (".required_min_rx = f->required_min_rx_interval", ".required_min_rx = f->cfg.required_min_rx"),
    (".final = kind == BFD_TX_FINAL", ".final = kind != BFD_TX_PERIODIC"),
    (".state = f->session_state", ".state = f->remote_session_state"),
    ("f->dirty = kind != BFD_TX_PERIODIC || bfd_fsm_poll_due(f)", "f->dirty = false"),
    # jitter
    ("NS_PER_US * 75 / 100", "NS_PER_US * 74 / 100"),
    ("detect_mult == 1 ? 90 : 100", "100"),
    ("detect_mult == 1 ? 90 : 100", "90"),
    ("most - slack_ns - least", "most - least"),
    ("(span * (random >> 8)) >> 24", "(span * random) >> 32"),
    ("(span * (random >> 8)) >> 24", "((span >> 8) * (random >> 8)) >> 17"),
]

# echoes
FSM += [
    ("!f->cfg.echo || f->session_state", "f->session_state"),
    ("f->session_state != BFD_STATE_UP || !f->remote_min_echo", "!f->remote_min_echo"),
    (" || !f->remote_min_echo_rx_interval)", ")"),
    ("larger(f->cfg.desired_min_echo_tx, f->remote_min_echo_rx_interval)",
     "f->remote_min_echo_rx_interval"),
    ("larger(f->cfg.desired_min_echo_tx, f->remote_min_echo_rx_interval)",
     "f->cfg.desired_min_echo_tx"),
    ("if (!required || !agreed_echo_interval(f))", "if (!agreed_echo_interval(f))"),
    ("if (!required || !agreed_echo_interval(f))", "if (!required)"),
    ("larger(required, BFD_SLOW_INTERVAL_US)", "BFD_SLOW_INTERVAL_US"),
    ("f->required_min_rx_interval != wanted_required(f)",
     "f->required_min_rx_interval != f->cfg.required_min_rx"),
    ("(u64)f->cfg.detect_mult * echo_interval", "(u64)f->remote_detect_mult * echo_interval"),
    ("(u64)f->cfg.detect_mult * echo_interval * NS_PER_US",
     "(u64)(u32)(f->cfg.detect_mult * echo_interval) * NS_PER_US"),
    ("echo_interval != f->echo_interval || echo_detection",  "echo_detection"),
    (" || echo_detection_time != f->echo_detection_time", ""),
    ("BFD_ACT_ECHO | BFD_ACT_PARAMS", "BFD_ACT_PARAMS"),
    ("f->echo_interval = echo_interval;", ""),
    ("f->cfg.unaffiliated && f->session_state != BFD_STATE_UP", "f->cfg.unaffiliated"),
    ("f->cfg.unaffiliated && f->session_state != BFD_STATE_UP", "false"),
    ("BFD_DIAG_ECHO_FAILED : BFD_DIAG_CONTROL_EXPIRY", "BFD_DIAG_CONTROL_EXPIRY : 0"),
    ("if (!f->echo_interval)\n\t\treturn 0;", ""),
    ("BFD_STATE_DOWN, BFD_DIAG_ECHO_FAILED) |", "BFD_STATE_DOWN, BFD_DIAG_CONTROL_EXPIRY) |"),
    ("BFD_DIAG_ECHO_FAILED) | update_timers(f, now)", "BFD_DIAG_ECHO_FAILED)"),
    ("p->poll = false;", ""),
    ("p->desired_min_tx = BFD_SLOW_INTERVAL_US;", ""),
    ("p->required_min_rx = BFD_SLOW_INTERVAL_US;", ""),
]

ECHO = [
    ("len != sizeof(w)", "len < sizeof(w)"),
    ("w.magic != cpu_to_be32(MAGIC) || ", ""),
    (" || w.zero)", ")"),
    ("0x42464465", "0x22464465"),
    ("be32_to_cpu(w.sequence)", "be32_to_cpu(w.discr)"),
    ("cpu_to_be64(p->time)", "p->time"),
    ("memset(w->away", "memset(&w->next"),
    ("sequence % BFD_ECHO_WINDOW / 32", "sequence / 32 % 8"),
    ("w->next++", "++w->next"),
    ("|= 1u << sequence % 32", "|= 1u << (sequence + 1) % 32"),
    ("age > BFD_ECHO_WINDOW", "age >= BFD_ECHO_WINDOW"),
    ("age > BFD_ECHO_WINDOW", "age > 2 * BFD_ECHO_WINDOW"),
    ("!(*word(w, sequence) & bit)", "0"),
    ("&= ~bit", "&= ~0u"),
    ("&= ~bit", "= 0"),
]

AUTH = [
    # sections
    ("AT_RESERVED = AT_PASSWORD,", "AT_RESERVED,"),
    ("AT_DIGEST = AT_SEQUENCE + 4", "AT_DIGEST"),
    ("#define MD5_LEN\t\t16", "#define MD5_LEN\t\t20"),
    ("#define SHA1_LEN\t20", "#define SHA1_LEN\t16"),
    ("#define PASSWORD_MAX\t16", "#define PASSWORD_MAX\t20"),
    ("key->type == BFD_AUTH_METICULOUS_KEYED_MD5 ||\n\t       ", ""),
    ("||\n\t       key->type == BFD_AUTH_METICULOUS_KEYED_SHA1", ""),
    ("key->type == BFD_AUTH_METICULOUS_KEYED_MD5", "key->type == BFD_AUTH_KEYED_MD5"),
    ("key->type == BFD_AUTH_METICULOUS_KEYED_SHA1", "key->type == BFD_AUTH_KEYED_SHA1"),
    ("type == BFD_AUTH_KEYED_SHA1 || ", ""),
    ("|| type == BFD_AUTH_METICULOUS_KEYED_SHA1 ?", "?"),
    ("? PASSWORD_MAX : digest_len(type)", "? digest_len(type) : PASSWORD_MAX"),
    ("return AT_PASSWORD + key->len", "return AT_PASSWORD + PASSWORD_MAX"),
    ("return a && a->method.key ?", "return a->method.key ?"),
    # the digest
    ("memcpy(copy, packet, BFD_PACKET_LEN + AT_DIGEST)",
     "memcpy(copy, packet, BFD_PACKET_LEN + AT_SEQUENCE)"),
    ("key->secret, digest_len(key->type));\n\tret", "key->secret, key->len);\n\tret"),
    ("BFD_PACKET_LEN + section_len(key), result", "BFD_PACKET_LEN + AT_DIGEST, result"),
    ("return ret;", "return 0;"),
    # what is sent
    ("section[AT_TYPE] = key->type;", ""),
    ("section[AT_LEN] = section_len(key);", "section[AT_LEN] = BFD_AUTH_LEN_MAX;"),
    ("section[AT_KEY_ID] = a->method.key_id;", ""),
    ("memcpy(section + AT_PASSWORD, key->secret, key->len)",
     "memcpy(section + AT_PASSWORD, key->secret, PASSWORD_MAX)"),
    ("a->seq_moved = now;", ""),
    ("++a->xmit_auth_seq", "a->xmit_auth_seq"),
    ("++a->xmit_auth_seq", "a->xmit_auth_seq++"),
    ("cpu_to_be32(", "(__be32)("),
    ("section[AT_RESERVED] = 0;", ""),
    ("memcpy(section + AT_SEQUENCE, &sequence, sizeof(sequence));", ""),
    ("if (!key || is_password(key))", "if (!key)"),
    ("if (!key || is_password(key))", "if (is_password(key))"),
    ("is_meticulous(key) || now - a->seq_moved", "now - a->seq_moved"),
    ("now - a->seq_moved >= SEQ_PAUSE_NS", "now - a->seq_moved > SEQ_PAUSE_NS"),
    ("now - a->seq_moved >= SEQ_PAUSE_NS", "false"),
    ("#define SEQ_PAUSE_NS\t1000000000", "#define SEQ_PAUSE_NS\t100000000"),
    # what is received
    ("return be32_to_cpu(sequence)", "return sequence"),
    ("ahead <= 3 * (u32)detect_mult", "ahead < 3 * (u32)detect_mult"),
    ("ahead <= 3 * (u32)detect_mult", "(u8)ahead <= 3 * (u32)detect_mult"),
    ("ahead <= 3 * (u32)detect_mult", "(s32)ahead <= 3 * (s32)detect_mult"),
    ("ahead <= 3 * (u32)detect_mult", "ahead <= (u8)(3 * (u32)detect_mult)"),
    ("ahead <= 3 * (u32)detect_mult", "ahead <= 2 * (u32)detect_mult"),
    ("(ahead || !is_meticulous(a->method.key))", "true"),
    ("(ahead || !is_meticulous(a->method.key))", "ahead"),
    ("return p->auth ? BFD_DROP_AUTH_UNEXPECTED : BFD_DROP_NONE", "return BFD_DROP_NONE"),
    ("return p->auth ? BFD_DROP_AUTH_UNEXPECTED : BFD_DROP_NONE",
     "return BFD_DROP_AUTH_UNEXPECTED"),
    ("if (!p->auth)\n\t\treturn BFD_DROP_AUTH_MISSING;", ""),
    ("if (section[AT_TYPE] != m->key->type)\n\t\treturn BFD_DROP_AUTH_TYPE;", ""),
    ("if (p->len <= BFD_PACKET_LEN + AT_KEY_ID)", "if (p->len <= BFD_PACKET_LEN + AT_PASSWORD)"),
    ("if (p->len <= BFD_PACKET_LEN + AT_KEY_ID)", "if (p->len < BFD_PACKET_LEN + AT_KEY_ID)"),
    ("if (section[AT_KEY_ID] != m->key_id)", "if (0)"),
    ("if (section[AT_KEY_ID] != m->key_id)", "if (section[AT_KEY_ID] < m->key_id)"),
    ("if (section[AT_KEY_ID] != m->key_id)", "if (section[AT_KEY_ID] > m->key_id)"),
    ("section[AT_LEN] != section_len(m->key) || ", ""),
    ("section[AT_LEN] != section_len(m->key) || ", "section[AT_LEN] < section_len(m->key) || "),
    ("|| p->len != BFD_PACKET_LEN + section[AT_LEN]", ""),
    ("|| p->len != BFD_PACKET_LEN + section[AT_LEN]", "|| p->len < BFD_PACKET_LEN + section[AT_LEN]"),
    ("crypto_memneq(section + AT_PASSWORD, key->secret, key->len) ?", "0 ?"),
    ("crypto_memneq(section + AT_PASSWORD, key->secret, key->len) ?",
     "crypto_memneq(section + AT_PASSWORD, key->secret, key->len - 1) ?"),
    ("digest(key, data, result) ||\n", ""),
    ("crypto_memneq(section + AT_DIGEST, result, digest_len(key->type))", "0"),
    ("crypto_memneq(section + AT_DIGEST, result, digest_len(key->type))",
     "crypto_memneq(section + AT_DIGEST, result, MD5_LEN)"),
    ("if (drop || !key)", "if (drop)"),
    ("if (drop || !key)", "if (!key)"),
    ("if (a->auth_seq_known && !in_window", "if (!in_window"),
    ("if (a->auth_seq_known && !in_window", "if (0 && !in_window"),
    ("return check_digest(key, data);\n}", "return BFD_DROP_NONE;\n}"),
    ("return a->pending && !check_section", "return !check_section"),
    ("!check_section(&a->next, p, data) &&", ""),
    ("!check_section(&a->next, p, data) &&", "!check_section(&a->method, p, data) &&"),
    ("(!a->next.key || !check_digest(a->next.key, data))", "true"),
    ("(!a->next.key || !check_digest(a->next.key, data))", "a->next.key && "
     "!check_digest(a->next.key, data)"),
    ("now - a->last_rx >= 2 *", "now - a->last_rx > 2 *"),
    ("now - a->last_rx >= 2 *", "now - a->last_rx >= 1 *"),
    ("now - a->last_rx >= 2 *", "now - a->last_rx >= 3 *"),
    ("(detection_time ?: a->detection_time)", "a->detection_time"),
    ("(detection_time ?: a->detection_time)", "detection_time"),
    ("a->auth_seq_known = false;\n\n", "\n"),
    ("if (!is_next(a, p, data))\n", "if (0)\n"),
    ("bfd_auth_use(a, &a->next);", "a->pending = false;"),
    ("if (a->method.key && !is_password(a->method.key))", "if (a->method.key)"),
    ("a->rcv_auth_seq = sequence_of(data);", ""),
    ("a->rcv_auth_seq = sequence_of(data);",
     "if (!a->auth_seq_known)\n\t\t\ta->rcv_auth_seq = sequence_of(data);"),
    ("a->auth_seq_known = true;", ""),
    # a change
    ("a->method = *m;", ""),
    ("a->pending = false;\n\ta->auth", "a->auth"),
    ("a->auth_seq_known = false;\n}", "}"),
]


def run(args, **kwargs):
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)


def compile_c(source, target):
    """Compile without sanitizers: what a test cannot see is not caught."""
    args = ["gcc", "-O0", "-w", "-c", "-o", target, source]
    for path in (HERE / "include", ROOT / "uapi", ROOT / "kmod", HERE):
        args += ["-I", path]
    done = run(args)
    if done.returncode:
        sys.exit(f"{source}: does not compile:\n{done.stdout}")
    return target


def first_to_fail(objects, out, tests):
    """The name of a rule whose test fails with these objects, or None."""
    for test in tests:
        program = out / test
        done = run(["gcc", "-o", program, out / f"{test}.o", *objects, "-lm"])
        if done.returncode:
            sys.exit(done.stdout)
        try:
            done = run([program], timeout=20)
        except subprocess.TimeoutExpired:
            return f"{test}: does not end"
        if done.returncode:
            bad = [line for line in done.stdout.splitlines() if line.startswith("not ok")]
            return f"{test}: {bad[0].split(' - ', 1)[1] if bad else 'crash'}"
    return None


def mutated(text, old, new):
    if text.count(old) < 1:
        sys.exit(f"not in the code any more: {old!r}")
    return text.replace(old, new, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/host/mutate")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for test in TESTS + AUTH_TESTS + ECHO_TESTS:
        compile_c(HERE / f"{test}.c", out / f"{test}.o")
    good = {name: compile_c(ROOT / f"kmod/{name}.c", out / f"{name}.o")
            for name in ("packet", "fsm", "auth", "echo_pkt")}
    plain = [good["packet"], good["fsm"]]
    failing = (first_to_fail(plain, out, TESTS) or
               first_to_fail([*plain, good["auth"]], out, AUTH_TESTS) or
               first_to_fail([*plain, good["echo_pkt"]], out, ECHO_TESTS))
    if failing:
        sys.exit(f"fails without any mutation: {failing}")

    survivors = 0
    for name, mutations in (("packet", PACKET), ("fsm", FSM), ("auth", AUTH), ("echo_pkt", ECHO)):
        tests = {"auth": AUTH_TESTS, "echo_pkt": ECHO_TESTS}.get(name, TESTS)
        text = (ROOT / f"kmod/{name}.c").read_text()
        other = plain if name in ("auth", "echo_pkt") else [o for o in plain if o != good[name]]
        for old, new in mutations:
            source = out / "mutant.c"
            source.write_text(mutated(text, old, new))
            caught = first_to_fail([compile_c(source, out / "mutant.o"), *other], out, tests)
            survivors += not caught
            change = f"{' '.join(old.split())} -> {' '.join(new.split()) or 'nothing'}"
            print(f"{'caught  ' if caught else 'SURVIVES'} {name}.c: {change}\n"
                  f"         by {caught or 'no test'}", flush=True)
    total = len(PACKET) + len(FSM) + len(AUTH) + len(ECHO)
    print(f"{total - survivors} of {total} mutations caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
