// SPDX-License-Identifier: GPL-2.0
#include "packet.h"

/* RFC 5880, 4.1; read where it is, and that is anywhere */
struct bfd_wire {
	u8 vers_diag;
	u8 flags;
	u8 detect_mult;
	u8 len;
	__be32 my_discr;
	__be32 your_discr;
	__be32 desired_min_tx;
	__be32 required_min_rx;
	__be32 required_min_echo_rx;
} __packed;

#define WIRE_STATE_SHIFT	6
#define WIRE_POLL		0x20
#define WIRE_FINAL		0x10
#define WIRE_CPI		0x08
#define WIRE_AUTH		0x04
#define WIRE_DEMAND		0x02
#define WIRE_MULTIPOINT		0x01

#define WIRE_VERS_SHIFT		5
#define WIRE_DIAG_MASK		0x1f

enum bfd_drop bfd_packet_parse(const void *data, size_t len, struct bfd_packet *p)
{
	const struct bfd_wire *w = data;

	if (len < BFD_PACKET_LEN)
		return BFD_DROP_TOO_SHORT;

	if (w->vers_diag >> WIRE_VERS_SHIFT != BFD_VERSION)
		return BFD_DROP_VERSION;
	if (w->len < (w->flags & WIRE_AUTH ? BFD_PACKET_AUTH_MIN : BFD_PACKET_LEN))
		return BFD_DROP_LENGTH;
	if (w->len > len)
		return BFD_DROP_LENGTH;
	if (!w->detect_mult)
		return BFD_DROP_DETECT_MULT;
	if (w->flags & WIRE_MULTIPOINT)
		return BFD_DROP_MULTIPOINT;
	if (!w->my_discr)
		return BFD_DROP_MY_DISCRIMINATOR;
	/* 6.5: a packet never has both */
	if ((w->flags & WIRE_POLL) && (w->flags & WIRE_FINAL))
		return BFD_DROP_POLL_AND_FINAL;

	p->diag = w->vers_diag & WIRE_DIAG_MASK;
	p->state = w->flags >> WIRE_STATE_SHIFT;
	p->poll = w->flags & WIRE_POLL;
	p->final = w->flags & WIRE_FINAL;
	p->cpi = w->flags & WIRE_CPI;
	p->auth = w->flags & WIRE_AUTH;
	p->demand = w->flags & WIRE_DEMAND;
	p->detect_mult = w->detect_mult;
	p->len = w->len;
	p->my_discr = be32_to_cpu(w->my_discr);
	p->your_discr = be32_to_cpu(w->your_discr);
	p->desired_min_tx = be32_to_cpu(w->desired_min_tx);
	p->required_min_rx = be32_to_cpu(w->required_min_rx);
	p->required_min_echo_rx = be32_to_cpu(w->required_min_echo_rx);

	if (!p->your_discr && p->state != BFD_STATE_DOWN && p->state != BFD_STATE_ADMIN_DOWN)
		return BFD_DROP_STATE;
	return BFD_DROP_NONE;
}

void bfd_packet_build(const struct bfd_packet *p, void *data)
{
	struct bfd_wire w = {
		.vers_diag = BFD_VERSION << WIRE_VERS_SHIFT | p->diag,
		.flags = p->state << WIRE_STATE_SHIFT |
			 (p->poll ? WIRE_POLL : 0) |
			 (p->final ? WIRE_FINAL : 0) |
			 (p->cpi ? WIRE_CPI : 0) |
			 (p->auth ? WIRE_AUTH : 0) |
			 (p->demand ? WIRE_DEMAND : 0),
		.detect_mult = p->detect_mult,
		.len = p->len,
		.my_discr = cpu_to_be32(p->my_discr),
		.your_discr = cpu_to_be32(p->your_discr),
		.desired_min_tx = cpu_to_be32(p->desired_min_tx),
		.required_min_rx = cpu_to_be32(p->required_min_rx),
		.required_min_echo_rx = cpu_to_be32(p->required_min_echo_rx),
	};

	memcpy(data, &w, sizeof(w));
}
