package apptest

import (
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/core/appmodule"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
)

// TestShadowsCatchWhatDependsOnTheNode plants what a state machine must not do, one mistake at a time, and asks that the shadow that is
// there for it disagrees with the main node. Without the plant it agrees.
func TestShadowsCatchWhatDependsOnTheNode(t *testing.T) {
	for name, c := range map[string]struct {
		shadow string
		plant  func(*node)
	}{
		"memory-of-earlier-blocks": {"restarting", func(n *node) {
			blocks := 0
			n.atBeginning(func(ctx sdk.Context) error {
				if blocks++; blocks%4 == 0 {
					return n.pay(ctx)
				}
				return nil
			})
		}},
		"memory-of-checked-transactions": {"lean", func(n *node) {
			checked := 0
			n.app.BankKeeper.AppendSendRestriction(func(ctx context.Context, _, to sdk.AccAddress, _ sdk.Coins) (sdk.AccAddress, error) {
				if sdk.UnwrapSDKContext(ctx).IsCheckTx() {
					checked++
				}
				return to, nil
			})
			n.atBeginning(func(ctx sdk.Context) error {
				if checked > 0 {
					return n.pay(ctx)
				}
				return nil
			})
		}},
		"order-of-execution": {"parallel", func(n *node) {
			var came atomic.Int64
			n.app.BankKeeper.AppendSendRestriction(func(ctx context.Context, from, to sdk.AccAddress, _ sdk.Coins) (sdk.AccAddress, error) {
				if sdk.UnwrapSDKContext(ctx).IsCheckTx() || !to.Equals(NewAccount("bob").Address) {
					return to, nil
				}
				// The first one of a block waits a little for the second, which comes only if both run at once.
				for until := time.Now().Add(20 * time.Millisecond); from.Equals(NewAccount("alice").Address) && came.Load()%2 == 0 && time.Now().Before(until); {
					runtime.Gosched()
				}
				if came.Add(1)%2 == 0 {
					return NewAccount("carol").Address, nil
				}
				return to, nil
			})
		}},
		"history-that-others-have-pruned": {"lean", func(n *node) {
			n.atBeginning(func(ctx sdk.Context) error {
				if past := ctx.BlockHeight() - 30; past > 0 {
					if _, err := n.app.CommitMultiStore().CacheMultiStoreWithVersion(past); err == nil {
						return n.pay(ctx)
					}
				}
				return nil
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, history(t, c.shadow, nil), "without the plant")
			err := history(t, c.shadow, c.plant)
			require.ErrorContains(t, err, c.shadow+" node")
		})
	}
}

// history is 40 blocks in each of which alice pays bob one coin and dave two, and what one shadow says of them.
func history(t *testing.T, name string, plant func(*node)) error {
	t.Helper()
	c := New(t, WithAccounts("alice", "bob", "carol", "dave"), func(cfg *config) {
		cfg.plant = plant
		cfg.shadows = slices.DeleteFunc(cfg.shadows, func(s shadow) bool { return s.name != name })
		require.Len(t, cfg.shadows, 1, "no shadow is called %s", name)
	})
	bob := NewAccount("bob")
	for range 40 {
		var txs [][]byte
		for i, from := range []Account{NewAccount("alice"), NewAccount("dave")} {
			txs = append(txs, c.Sign(from, banktypes.NewMsgSend(from.Address, bob.Address, sdk.NewCoins(sdk.NewInt64Coin(params.BaseDenom, 1+int64(i))))))
		}
		if _, err := c.block(c.now.Add(BlockTime), txs); err != nil {
			return err
		}
	}
	return nil
}

// planted is a module with something more to do as a block begins.
type planted struct {
	appmodule.AppModule
	begin func(context.Context) error
}

func (p planted) BeginBlock(ctx context.Context) error { return p.begin(ctx) }

func (n *node) atBeginning(do func(sdk.Context) error) {
	modules := n.app.Modules().Modules
	own := modules[authz.ModuleName].(appmodule.AppModule)
	modules[authz.ModuleName] = planted{own, func(ctx context.Context) error {
		if err := own.(appmodule.HasBeginBlocker).BeginBlock(ctx); err != nil {
			return err
		}
		return do(sdk.UnwrapSDKContext(ctx))
	}}
}

// pay moves a coin, which is seen in the app hash.
func (n *node) pay(ctx sdk.Context) error {
	return n.app.BankKeeper.SendCoins(ctx, NewAccount(ValidatorName).Address, NewAccount("carol").Address, sdk.NewCoins(sdk.NewInt64Coin(params.BaseDenom, 1)))
}
