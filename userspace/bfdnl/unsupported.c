// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of the grammar that the kernel has no commands for yet.
 */
#include "bfdnl.h"

static enum status key_any(struct app *app, struct args *args)
{
	(void)app;
	(void)args;
	return refused("key: authentication keys are not supported by this version");
}

static enum status echo_source_any(struct app *app, struct args *args)
{
	(void)app;
	(void)args;
	return refused("echo-source: echo is not supported by this version");
}

static const struct command key_commands[] = {
	{ .name = "set", .run = key_any,
	  .help =
	  "bfdnl key set ID type TYPE { secret HEX | password TEXT }\n"
	  "TYPE      simple-password | keyed-md5 | meticulous-keyed-md5 | keyed-sha1 |\n"
	  "          meticulous-keyed-sha1\n" },
	{ .name = "del", .run = key_any,
	  .help = "bfdnl key del ID\n" },
	{ .name = "show", .run = key_any,
	  .help = "bfdnl key show\n" },
};

static const struct command echo_source_commands[] = {
	{ .name = "set", .run = echo_source_any,
	  .help = "bfdnl echo-source set IF\n" },
	{ .name = "del", .run = echo_source_any,
	  .help = "bfdnl echo-source del\n" },
	{ .name = "show", .run = echo_source_any,
	  .help = "bfdnl echo-source show\n" },
};

enum status do_key(struct app *app, struct args *args)
{
	return command_run(app, args, "bfdnl key", key_commands,
			   ARRAY_SIZE(key_commands), "show");
}

enum status do_echo_source(struct app *app, struct args *args)
{
	return command_run(app, args, "bfdnl echo-source",
			   echo_source_commands,
			   ARRAY_SIZE(echo_source_commands), "show");
}
