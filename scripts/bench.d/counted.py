# SPDX-License-Identifier: GPL-2.0
"""What insn.c counted: instructions by function, and by stage of a packet's way.

A directory holds symbols (address, name, module), as the guest's kernel told
them, and profile, which insn.c wrote: some windows, the first of an idle guest.
"""

import bisect
import collections
import re

from figures import Failure

USER = "user"  # stands for all that programs execute
USER_END = 1 << 47
FUNCTION_MAX = 1 << 16

WHEEL = "wheel"
TIMER = "timer interrupt, softirq, idle loop"
BUILD = "build: template, pace"
ROUTE = "route: still valid?"
DETECTION = "detection deadlines"
SKB = "skb: allocation and release"
SLAB = "skb: slow paths of the allocator"  # of its slabs' state, so by chance
OUTPUT = "IP output, neighbour, queueing"
VRF = "VRF devices"
DEVICE = "device: veth and backlog"
INPUT = "IP input, routing"
SOCKET = "UDP input, lookup: socket"
SESSION = "lookup: session"
CHECKS = "checks and parser"
FSM = "state machine"
OTHER = "other"
PROGRAMS = "programs"
ORDER = [WHEEL, TIMER, BUILD, ROUTE, DETECTION, SKB, SLAB, OUTPUT, VRF, DEVICE, INPUT, SOCKET,
         SESSION, CHECKS, FSM, OTHER, PROGRAMS]

# A function belongs to the first stage whose pattern is found in its name.
STAGES = {
    TIMER: r"""
        hrtimer|timerqueue|clockevents|timekeeping|ktime|tick_|jiffies|ntp_|apic|irq|iret|softirq
        |tasklet|idle|sched|menu_|cpu_startup|tsc|local_clock|timer|quiet_vmstat|vtime
        |ct_(kernel|nmi|idle|user)|rcu_(core|note|dynticks|is_cpu|do_batch|segcblist|accelerate
        |report|eqs|nmi|all_qs|needs|nocb)|note_gp_changes|invoke_rcu|error_(entry|return)
        |restore_regs|perf_event|update_(vsyscall|process_times|load|curr|rq|fast_timekeeper)
        |account_|calc_global|cpuacct|native_(write|read)_msr|flush_smp_call|nohz|next_event
        |get_next|rb_(next|insert|erase)|arch_cpu|profile_tick|poke_idle|task_tick|trigger_load
        |wake_?up|ttwu|sysvec|lapic|update_wall|raise_|psi_|pelt|^clear_bhb|switch_(mm|to)
        |finish_task_switch|pick_next|[ed][en]queue_(task|entity)|worker|queue_work|nr_iowait
        |safe_halt|touch_nmi|notifier_call_chain""",
    SLAB: r"""
        ___slab_alloc|__slab_free|cpu_partial|unfreeze_partials|cmpxchg_double_slab|get_partial
        |new_slab|setup_object|alloc_pages|free_pages|clear_page|get_page_from|free_unref|free_pcp
        |node_page_state|^chacha|get_random""",
    SKB: r"""
        alloc_skb|kmalloc|kmem_cache|slab|kfree|skb_(free|release|put|head)|consume_skb|__build_skb
        |page_frag|cache_from_obj|memcg|obj_cgroup|napi_(build|consume|alloc|skb)""",
    ROUTE: r"dst_check",
    VRF: r"^vrf_|l3mdev",
    OUTPUT: r"""
        ip6?_(local_out|output|finish_output|send_check)|neigh|ip(v4|6)_mtu|nf_hook
        |dev_queue_xmit|dev_hard_start|validate_xmit|netif_skb_features|netdev_core_pick|qdisc
        |sch_|skb_network_protocol|skb_csum_hwoffload|passthru_features|dst_mtu|xfrm
        |_postroute""",
    DEVICE: r"""
        veth|netif_rx|enqueue_to_backlog|process_backlog|net_rx_action|napi|dev_forward
        |eth_type_trans|skb_scrub|netif_receive_skb|skb_orphan|skb_clone_tx|skb_forward|rps_
        |skb_tx_timestamp""",
    SOCKET: r"udp|compute_score|ipv6_portaddr_hash|reuseport|inet6?_ehashfn",
    INPUT: r"""
        ip6?_(rcv|local_deliver|protocol_deliver|input)|ipv6_|early_demux|fib|rt6|find_rr
        |ip6?_(route|pol|mk)|inet6?_|raw(v?6)?_|sk_|dst_""",
    SESSION: r"^jhash|^rhashtable_jhash",  # called through a pointer
}
# The same for functions of our modules.
OUR_STAGES = {
    SKB: r"^(bfd_skb_\w+|alloc_data|take|renew|restart|give_back)$",
    WHEEL: r"""
        ^(run|run_tick|hrtimer_fn|csd_fn|program|enqueue|dequeue|level_next|next_tick|cascade
        |bfd_timer_\w+|lock_(online_)?wheel|bfd_wheel\w+|count_late)$""",
    ROUTE: r"^(bfd_tx_route|find_route[46]?|route[46])$",
    BUILD: r"""
        ^(bfd_tx_\w+|write_\w+|send_\w+|bfd_fsm_transmit|bfd_packet_build|transmit
        |transmit_due)$""",
    DETECTION: r"^((bfd_)?detect\w*|suspect|schedule_detection|bfd_fsm_expire)$",
    SESSION: r"^(bfd_session_(by_discr|for_packet)|find_session|discr_\w+|jhash)$",
    FSM: r"^bfd_fsm_receive$",
    CHECKS: r"",
}
OUR_MODULES = ("[bfd]", "[bench_floor]")
# Where a packet has arrived: by a socket, or an express one
RECEIVED = ("udp_rcv", "udpv6_rcv", "bfd_express_receive [bfd]")
# What everybody calls; counted where it is called from.
HELPERS = r"""
    ^(_*mem(set|cpy|move|cmp|chr)\w*|copy_\w+|strlen|strcmp|_find_\w+|_*list_(add|del)\w*
    |_raw_\w+|_*rcu_read_\w+|__local_bh_\w+|__x86_indirect_\w+|csum_\w+|ktime_get
    |map_id_range_\w+|make_k[ug]id)$"""


def compile_all(patterns):
    """The same with compiled patterns."""
    return {stage: re.compile(pattern, re.VERBOSE) for stage, pattern in patterns.items()}


STAGES = compile_all(STAGES)
OUR_STAGES = compile_all(OUR_STAGES)
HELPERS = re.compile(HELPERS, re.VERBOSE)


class Symbols:
    """Functions of the kernel and its modules, by address."""

    def __init__(self, path):
        symbols = []
        for line in path.read_text().splitlines():
            address, name, *module = line.split()
            name = re.sub(r"\.(isra|constprop|part|cold)\b.*", "", name)
            if module:
                name += " " + module[0]
            symbols.append((int(address, 16), name))
        symbols.sort()
        self.addresses = [a for a, _ in symbols]
        self.names = [n for _, n in symbols]

    def function(self, address):
        """Name of the function that an address is in."""
        if address < USER_END:
            return USER
        i = bisect.bisect_right(self.addresses, address) - 1
        if i < 0 or address - self.addresses[i] > FUNCTION_MAX:
            return "?"
        return self.names[i]

    def starts_at(self, address):
        """Name of the function that starts at an address, or None."""
        i = bisect.bisect_left(self.addresses, address)
        if i == len(self.addresses) or self.addresses[i] != address:
            return None
        return self.names[bisect.bisect_right(self.addresses, address) - 1]


class Window:
    """What was executed in one window."""

    def __init__(self):
        self.total = 0
        self.executed = collections.Counter()  # instructions, by function
        self.entered = collections.Counter()  # by function
        self.calls = collections.Counter()  # by (caller, callee)

    def add(self, symbols, address, length, target, count):
        """Count a block of instructions."""
        function = symbols.function(address)
        self.total += length * count
        self.executed[function] += length * count
        entry = symbols.starts_at(address)
        if entry:
            self.entered[entry] += count
        callee = symbols.starts_at(target) if target else None
        if callee and function != USER:
            self.calls[function, callee] += count


def read_windows(path, symbols):
    """All windows of a profile."""
    windows = []
    with path.open() as profile:
        for line in profile:
            fields = line.split()
            if fields[0] == "WINDOW":
                windows.append(Window())
            else:
                address, length, target = (int(f, 16) for f in fields[:3])
                windows[-1].add(symbols, address, length, target, int(fields[3]))
    return windows


def stage_of(function):
    """The stage that a function by itself belongs to, or None for a helper."""
    if function == USER:
        return PROGRAMS
    name, _, module = function.partition(" ")
    if module in OUR_MODULES:
        stages = OUR_STAGES
    elif HELPERS.search(name):
        return None
    else:
        stages = STAGES
    return next((stage for stage, pattern in stages.items() if pattern.search(name)), OTHER)


def shares(window):
    """For every function, the part of it that each stage gets.

    A helper is divided as it was called; helpers call helpers, so this takes a
    few rounds.
    """
    callers = collections.defaultdict(collections.Counter)
    result = {}
    for function in window.executed:
        stage = stage_of(function)
        result[function] = {stage or OTHER: 1.0}
    helpers = {f for f in window.executed if stage_of(f) is None}
    for (caller, callee), n in window.calls.items():
        if callee in helpers and caller != callee and caller in result:
            callers[callee][caller] += n
    for _ in range(8):
        for helper in helpers:
            if not callers[helper]:
                continue
            total = sum(callers[helper].values())
            parts = collections.Counter()
            for caller, n in callers[helper].items():
                for stage, part in result[caller].items():
                    parts[stage] += part * n / total
            result[helper] = dict(parts)
    return result


class Cost:
    """What a window of work costs beyond an idle guest."""

    def __init__(self, idle, work):
        self.packets = sum(work.entered[f] for f in RECEIVED)
        if not self.packets:
            raise Failure("no packet was received")
        self.instructions = work.total - idle.total
        self.idle_instructions = idle.total
        self.per_packet = self.instructions / self.packets
        self.functions = {f: (work.executed[f] - idle.executed[f]) / self.packets
                          for f in work.executed | idle.executed}
        self.user_per_packet = self.functions.get(USER, 0.0)
        self.calls = {f: n / self.packets for f, n in work.entered.items()}
        self.wakeups = work.entered["asm_sysvec_apic_timer_interrupt"] / self.packets
        part = shares(work)
        part.update({f: p for f, p in shares(idle).items() if f not in part})
        self.stages = collections.Counter()
        for function, n in self.functions.items():
            for stage, share in part[function].items():
                self.stages[stage] += n * share

    def top(self, number):
        """The functions that execute most."""
        return sorted(self.functions.items(), key=lambda item: -item[1])[:number]


def read_facts(path):
    """NAME VALUE lines."""
    return dict(line.partition(" ")[::2] for line in (path / "facts").read_text().splitlines())


def read_costs(path):
    """The costs of all windows but the first, which is idle and as long as the others."""
    idle, *works = read_windows(path / "profile", Symbols(path / "symbols"))
    return [Cost(idle, work) for work in works]
