package validator

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBeside(t *testing.T) {
	wait := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	refused, broken := errors.New("refused"), errors.New("broken")
	parts := []func(context.Context) error{wait, wait}
	t.Run("the-reason-is-not-lost-to-a-part-that-it-stops", func(t *testing.T) {
		for range 500 {
			require.ErrorIs(t, beside(t.Context(), parts, func(context.Context) error { return refused }), refused)
		}
	})
	t.Run("done-is-no-error", func(t *testing.T) {
		for range 100 {
			require.NoError(t, beside(t.Context(), parts, func(context.Context) error { return nil }))
		}
	})
	t.Run("a-part-that-fails-ends-it", func(t *testing.T) {
		failing := append(parts[:1:1], func(context.Context) error { return broken })
		require.ErrorIs(t, beside(t.Context(), failing, wait), broken)
	})
	t.Run("ended-from-outside-is-no-error", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, beside(ctx, parts, wait))
	})
}
