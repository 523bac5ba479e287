// Package miner serves one expert of one subnet behind the signed wire protocol: it admits callers, lets the expert
// answer, signs a receipt for every reply, and keeps what the chain says of its endpoint true.
//
// It does not judge answers, set weights or hold money. What it needs of the chain is three small interfaces (chain.go), so
// that everything here runs against a fake one. Metrics, health and logs are for the operator; nothing depends on them.
//
// A request passes, in this order: the route, the size of the body, the signature and its freshness, the caller's
// balance, the caller's rate, the replay cache, the limit of concurrent answers, the seal, and at last the expert.
package miner
