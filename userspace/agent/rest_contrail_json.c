// SPDX-License-Identifier: GPL-2.0
/*
 * Connections in the JSON that Contrail's own clients speak.
 */
#include "rest.h"
#include "rest_contrail.h"

const char *contrail_state(unsigned int state)
{
	static const char * const names[] = { "AdminDown", "Down", "Init", "Up" };

	return state < ARRAY_SIZE(names) ? names[state] : "Down";
}

struct json_object *contrail_json(const struct bfdnl_addr *address,
				  const struct bfdnl_session *fields)
{
	struct json_object *json = json_object_new_object();
	char text[BFDNL_ADDR_STRLEN];

	rest_add_text(json, "Address", bfdnl_addr_format(address, text));
	rest_add_number(json, "DesiredMinTxInterval",
			bfdnl_session_number(fields, BFDNL_DESIRED_MIN_TX_INTERVAL));
	rest_add_number(json, "RequiredMinRxInterval",
			bfdnl_session_number(fields, BFDNL_REQUIRED_MIN_RX_INTERVAL));
	rest_add_number(json, "DetectionMultiplier",
			bfdnl_session_number(fields, BFDNL_LOCAL_MULTIPLIER));
	return json;
}

void contrail_add_running(struct json_object *json,
			  const struct bfdnl_session *fields)
{
	rest_add_text(json, "LocalSessionState",
		      contrail_state(bfdnl_session_number(fields, BFDNL_LOCAL_STATE)));
	rest_add_text(json, "RemoteSessionState",
		      contrail_state(bfdnl_session_number(fields, BFDNL_REMOTE_STATE)));
	rest_add_number(json, "LocalDiscriminator",
			bfdnl_session_number(fields, BFDNL_LOCAL_DISCRIMINATOR));
	rest_add_number(json, "RemoteDiscriminator",
			bfdnl_session_number(fields, BFDNL_REMOTE_DISCRIMINATOR));
	rest_add_number(json, "RemoteMinRxInterval",
			bfdnl_session_number(fields, BFDNL_REMOTE_REQUIRED_MIN_RX_INTERVAL));
}

static bool read_int(struct json_object *json, const char *name, __u64 max,
		     struct bfdnl_session *to, enum bfdnl_field field)
{
	struct json_object *value = json_object_object_get(json, name);
	__s64 number = json_object_get_int64(value);

	return json_object_is_type(value, json_type_int) && number >= 0 &&
	       (__u64)number <= max && !bfdnl_session_set_number(to, field, number);
}

struct bfdnl_session *contrail_parse(struct json_object *json)
{
	struct json_object *address = json_object_object_get(json, "Address");
	struct bfdnl_session *wanted = bfdnl_session_new();
	struct bfdnl_addr addr;

	if (wanted && json_object_is_type(address, json_type_string) &&
	    !bfdnl_addr_parse(&addr, json_object_get_string(address)) &&
	    !bfdnl_session_set_addr(wanted, BFDNL_DEST_ADDR, &addr) &&
	    read_int(json, "DesiredMinTxInterval", INT32_MAX, wanted,
		     BFDNL_DESIRED_MIN_TX_INTERVAL) &&
	    read_int(json, "RequiredMinRxInterval", INT32_MAX, wanted,
		     BFDNL_REQUIRED_MIN_RX_INTERVAL) &&
	    read_int(json, "DetectionMultiplier", UINT8_MAX, wanted,
		     BFDNL_LOCAL_MULTIPLIER))
		return wanted;
	bfdnl_session_free(wanted);
	return NULL;
}
