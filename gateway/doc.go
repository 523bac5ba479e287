// Package gateway is the daemon that app builders talk to: OpenAI's API over the subnets' miners, with API keys and budgets, paid for out of one account.
//
// It is put together from packages that know little of each other: directory (who serves what), route (who is tried), upstream (asking, paying, verifying,
// falling back), keys (who may call and spend) and api (the HTTP). This one holds the configuration and the life of the whole.
package gateway
