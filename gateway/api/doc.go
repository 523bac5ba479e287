// Package api is the gateway's HTTP: OpenAI's routes over the subnets' miners, the tasks' own routes, and sealed calls that it relays unread.
//
// What it changes of a body is little and fixed (see input.upstream), so that calls look like validators' questions and a caller can tell what a miner was asked.
// It keeps nothing of what is asked or answered: neither logs, metrics nor spans hold text of a body.
package api
