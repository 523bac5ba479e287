package types

import "context"

// PoolHooks lets another module act before a pool's reserves are traded on.
type PoolHooks interface {
	// BeforeTrade is called before a trade reads the reserves. It may call Inject. An error stops the trade.
	BeforeTrade(ctx context.Context, netuid uint32) error
}
