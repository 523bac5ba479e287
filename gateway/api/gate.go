package api

import (
	"context"

	"github.com/agon-chain/agon/gateway/keys"
)

// Gate decides who may call and what it may cost: the one place where budgets are enforced.
type Gate interface {
	// Authorize finds who calls. Errors: a *keys.Refusal.
	Authorize(ctx context.Context, secret string) (Who, error)
}

// Who calls.
type Who interface {
	// Reserve takes the most that a call can use. Errors: a *keys.Refusal, or the context's.
	Reserve(ctx context.Context, want keys.Want) (Hold, error)
	// Allows says whether a model may be used.
	Allows(model string) bool
	// Samples says whether the caller agrees to have a sample of its calls scored.
	Samples() bool
}

// Hold ends with the first of Settle and Cancel.
type Hold interface {
	Settle(ctx context.Context, u keys.Usage) error
	Cancel()
	Limits() keys.Limits
}

// Keys is the gate of API keys.
func Keys(s *keys.Service) Gate { return keyGate{s} }

type keyGate struct{ s *keys.Service }

func (g keyGate) Authorize(ctx context.Context, secret string) (Who, error) {
	k, err := g.s.Authorize(ctx, secret)
	if err != nil {
		return nil, err
	}
	return keyHolder{g.s, k}, nil
}

type keyHolder struct {
	s *keys.Service
	k *keys.Key
}

func (h keyHolder) Allows(model string) bool { return h.k.Allows(model) }
func (h keyHolder) Samples() bool            { return h.k.ScoreSample }

func (h keyHolder) Reserve(ctx context.Context, want keys.Want) (Hold, error) {
	r, err := h.s.Reserve(ctx, h.k, want)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Open is a gate that lets everybody through, for a machine of one's own.
func Open() Gate { return open{} }

type open struct{}

func (open) Authorize(context.Context, string) (Who, error)   { return open{}, nil }
func (open) Reserve(context.Context, keys.Want) (Hold, error) { return open{}, nil }
func (open) Allows(string) bool                               { return true }
func (open) Settle(context.Context, keys.Usage) error         { return nil }
func (open) Cancel()                                          {}
func (open) Samples() bool                                    { return false }
func (open) Limits() keys.Limits                              { return keys.Limits{} }
