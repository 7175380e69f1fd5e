// SPDX-License-Identifier: GPL-2.0
/*
 * bfdnl echo-source
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include "out.h"

static enum status choose(struct app *app, const char *interface)
{
	if (app_connect(app))
		return STATUS_REFUSED;
	return bfdnl_set_echo_source(app->h, interface) ? kernel_refused(app) :
							  STATUS_DONE;
}

static enum status echo_source_set(struct app *app, struct args *args)
{
	const char *name = *args->at;

	if (!name)
		return usage_error("which interface? Its name is missing");
	args->at++;
	if (args_end(args))
		return STATUS_USAGE;
	if (!*name || strlen(name) >= IFNAMSIZ)
		return usage_error("\"%s\" is not an interface name (1 to %d characters)",
				   name, IFNAMSIZ - 1);
	return choose(app, name);
}

static enum status echo_source_del(struct app *app, struct args *args)
{
	return args_end(args) ? STATUS_USAGE : choose(app, NULL);
}

static void print_addr(struct out *out, const char *name,
		       const struct bfdnl_addr *addr)
{
	char text[BFDNL_ADDR_STRLEN];

	if (addr)
		out_string(out, name, bfdnl_addr_format(addr, text));
}

static enum status print(const struct app *app,
			 const struct bfdnl_echo_source *source)
{
	const char *interface = bfdnl_echo_source_interface(source);
	struct out out;

	out_begin(&out, &app->opt);
	out_object_open(&out, NULL);
	out_title(&out, "echo source%s", interface ? "" : ": none is chosen");
	if (interface)
		out_string(&out, "interface", interface);
	print_addr(&out, "ipv4", bfdnl_echo_source_addr(source, AF_INET));
	print_addr(&out, "ipv6", bfdnl_echo_source_addr(source, AF_INET6));
	out_object_close(&out);
	if (out_end(&out))
		return refused("cannot write: %s", strerror(errno));
	return STATUS_DONE;
}

static enum status echo_source_show(struct app *app, struct args *args)
{
	struct bfdnl_echo_source *source;
	enum status status;

	if (args_end(args))
		return STATUS_USAGE;
	if (app_connect(app))
		return STATUS_REFUSED;
	if (bfdnl_get_echo_source(app->h, &source))
		return kernel_refused(app);
	status = print(app, source);
	bfdnl_echo_source_free(source);
	return status;
}

static const struct command commands[] = {
	{ .name = "set", .run = echo_source_set,
	  .help = "bfdnl echo-source set IF\n" },
	{ .name = "del", .run = echo_source_del,
	  .help = "bfdnl echo-source del\n" },
	{ .name = "show", .run = echo_source_show,
	  .help = "bfdnl echo-source show\n" },
};

enum status do_echo_source(struct app *app, struct args *args)
{
	return command_run(app, args, "bfdnl echo-source", commands,
			   ARRAY_SIZE(commands), "show");
}
