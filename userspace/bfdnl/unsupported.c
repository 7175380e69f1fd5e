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
	return refused("echo-source: the echo function is not supported by this version");
}

static const struct command key_commands[] = {
	{ "set", key_any,
	  "bfdnl key set ID type TYPE { secret HEX | password TEXT }\n"
	  "TYPE      simple-password | keyed-md5 | meticulous-keyed-md5 | keyed-sha1 | meticulous-keyed-sha1\n" },
	{ "del", key_any, "bfdnl key del ID\n" },
	{ "show", key_any, "bfdnl key show\n" },
};

static const struct command echo_source_commands[] = {
	{ "set", echo_source_any, "bfdnl echo-source set IF\n" },
	{ "del", echo_source_any, "bfdnl echo-source del\n" },
	{ "show", echo_source_any, "bfdnl echo-source show\n" },
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
