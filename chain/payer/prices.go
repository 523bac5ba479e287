package payer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/agon-chain/agon/wire"
)

// priceAge is how long a price is taken for the miner's without asking the chain again.
const priceAge = time.Minute

// prices are the miners' own, as last read on the chain.
type prices struct {
	chain Chain
	now   func() time.Time

	mu   *sync.Mutex
	seen map[Payee]seenPrice
}

type seenPrice struct {
	wire.Price
	at time.Time
}

func newPrices(c Config) prices {
	return prices{chain: c.Chain, now: c.Now, mu: &sync.Mutex{}, seen: map[Payee]seenPrice{}}
}

func (p *prices) get(ctx context.Context, payee Payee, maxAge time.Duration) (wire.Price, error) {
	now := p.now()
	p.mu.Lock()
	s, ok := p.seen[payee]
	p.mu.Unlock()
	if ok && now.Sub(s.at) < maxAge {
		return s.Price, nil
	}
	price, err := p.chain.Price(ctx, payee)
	if err != nil {
		return wire.Price{}, fmt.Errorf("price of %s: %w", payee, err)
	}
	p.mu.Lock()
	p.seen[payee] = seenPrice{price, now}
	p.mu.Unlock()
	return price, nil
}
