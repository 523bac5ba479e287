package isolate

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Around stands around a step: it may see that it runs, make it fail before or after its work, or let it panic. It belongs to tests: a
// node never sets one.
type Around func(what string, about []any, step func(ctx context.Context) error) func(ctx context.Context) error

type aroundKey struct{}

// WithAround is a context in which around stands around every step.
func WithAround(ctx sdk.Context, around Around) sdk.Context {
	return ctx.WithValue(aroundKey{}, around)
}
