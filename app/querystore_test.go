package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
)

// TestQueriesSeeTheLastCommit: a query without a height reads the block that was committed last, also after a restart.
func TestQueriesSeeTheLastCommit(t *testing.T) {
	chain := apptest.New(t, apptest.WithAccounts("alice", "bob"), apptest.Single())
	alice, bob := apptest.NewAccount("alice"), apptest.NewAccount("bob")
	latest := func() {
		t.Helper()
		ctx, err := chain.App.CreateQueryContextWithCheckHeader(0, false, false)
		require.NoError(t, err)
		require.Equal(t, chain.Height(), ctx.BlockHeight())
		_, err = chain.App.CreateQueryContextWithCheckHeader(chain.Height()+1, false, false)
		require.ErrorContains(t, err, "height in the future")
	}
	start := chain.App.BankKeeper.GetBalance(chain.Context(), bob.Address, params.BaseDenom).Amount
	for i := range int64(3) {
		chain.MustDeliver(alice, send(alice, bob, 1))
		latest()
		ctx, err := chain.App.CreateQueryContextWithCheckHeader(0, false, false)
		require.NoError(t, err)
		require.Equal(t, start.AddRaw(i+1), chain.App.BankKeeper.GetBalance(ctx, bob.Address, params.BaseDenom).Amount)
	}
	chain.Restart()
	latest()
	chain.Blocks(1)
	latest()
}

// BenchmarkQueryContext opens the state for a query, as every query does first, beside the SDK's own store.
func BenchmarkQueryContext(b *testing.B) {
	chain := apptest.New(b, apptest.Single())
	chain.Blocks(1)
	open := func(b *testing.B) {
		for b.Loop() {
			if _, err := chain.App.CreateQueryContextWithCheckHeader(0, false, false); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("agon", open)
	chain.App.SetQueryMultiStore(chain.App.CommitMultiStore())
	b.Run("sdk", open)
}
