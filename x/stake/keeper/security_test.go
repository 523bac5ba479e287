package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/types"
)

// Accounts of secp256r1 keys have 32 bytes. The store orders owners by length first; a state with one of each kind
// must be one that a new chain can start from.
func TestGenesisTakesOwnersOfEveryLength(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey := keepertest.Account(50)
	w.register(netuid, hotkey, keepertest.Account(51))
	long := sdk.AccAddress(make([]byte, 32)) // by bytes alone it comes before every other
	w.Fund(long, params.Agon(10))
	for _, owner := range []sdk.AccAddress{w.rich(1), long} {
		w.add(owner, hotkey, netuid, params.Agon(10))
	}
	gs, err := w.k.ExportGenesis(w.ctx)
	require.NoError(t, err)
	require.NoError(t, gs.Validate())
	again := reborn(t, w)
	require.NoError(t, again.k.InitGenesis(again.ctx, gs))
	again.sound()
}

// Whatever stands for an amount is refused or answered, and stops nothing.
func TestQuoteOfAnyText(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	q := w.queries()
	for _, amount := range []string{
		"", "nagon", "-1nagon", "1", strings.Repeat("9", 78) + "nagon", strings.Repeat("9", 94) + "nagon", strings.Repeat("9", 150) + "nagon",
		"0." + strings.Repeat("0", 17) + "1nagon", "1e9nagon", "1nagon,1nagon", strings.Repeat("n", 1<<16), "\x00\xff1nagon",
	} {
		_, err := q.Quote(w.ctx, &types.QueryQuoteRequest{Netuid: netuid, Amount: amount})
		require.Equal(t, codes.InvalidArgument, status.Code(err), "%.40q", amount)
	}
}
