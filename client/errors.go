package client

import "errors"

var (
	// ErrConfig refuses a setting.
	ErrConfig = errors.New("invalid client configuration")
	// ErrModel says that a model is not named as "netuid/name@version", "netuid/name" or "netuid".
	ErrModel = errors.New("model is not well named")
	// ErrNoMiner says that nobody serves what was asked for.
	ErrNoMiner = errors.New("no miner serves it")
	// ErrPriced says that a miner wants to be paid by a client that has no Home to keep channels in, or no key to pay with.
	ErrPriced = errors.New("miner wants to be paid")
	// ErrNoSealing says that a miner publishes no key to seal to.
	ErrNoSealing = errors.New("miner takes no sealed calls")
)
