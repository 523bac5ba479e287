package isolate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/isolate"
)

// What a step wrote and said is kept if all is well, and nothing of it if it fails or panics. An error is the step's own; a panic's
// text is not told.
func TestStep(t *testing.T) {
	key := storetypes.NewKVStoreKey("some")
	failure := errors.New("no")
	for name, c := range map[string]struct {
		end  func() error
		kept bool
		want string
	}{
		"well":   {func() error { return nil }, true, ""},
		"fails":  {func() error { return failure }, false, "no"},
		"panics": {func() error { panic("at 0xc000123") }, false, "the sum panicked; the node's log says where"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := testutil.DefaultContextWithDB(t, key, storetypes.NewTransientStoreKey("none")).Ctx
			err := isolate.Step(ctx, "sum", func(ctx context.Context) error {
				inner := sdk.UnwrapSDKContext(ctx)
				inner.KVStore(key).Set([]byte("k"), []byte("v"))
				inner.EventManager().EmitEvent(sdk.NewEvent("said"))
				return c.end()
			}, "netuid", 3)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.want)
			}
			require.Equal(t, c.kept, ctx.KVStore(key).Has([]byte("k")))
			require.Equal(t, c.kept, len(ctx.EventManager().Events()) == 1)
		})
	}
}

func TestReason(t *testing.T) {
	require.Equal(t, "short", isolate.Reason(errors.New("short")))
	long := isolate.Reason(errors.New(strings.Repeat("ü", 200) + "\xff"))
	require.Equal(t, strings.Repeat("ü", 128), long)
	split := isolate.Reason(errors.New("x" + strings.Repeat("ü", 200)))
	require.True(t, utf8.ValidString(split))
	require.Len(t, split, 255)
}
