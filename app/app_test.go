package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
)

func send(from, to apptest.Account, nagon int64) sdk.Msg {
	return sendCoin(from, to, sdk.NewInt64Coin(params.BaseDenom, nagon))
}

func sendCoin(from, to apptest.Account, coin sdk.Coin) sdk.Msg {
	return banktypes.NewMsgSend(from.Address, to.Address, sdk.NewCoins(coin))
}

func TestTransfers(t *testing.T) {
	chain := apptest.New(t, apptest.WithAccounts("alice", "bob"))
	alice, bob := apptest.NewAccount("alice"), apptest.NewAccount("bob")
	balance := func(account apptest.Account) math.Int {
		res, err := banktypes.NewQueryClient(chain.Conn()).Balance(t.Context(),
			&banktypes.QueryBalanceRequest{Address: account.String(), Denom: params.BaseDenom})
		require.NoError(t, err)
		return res.Balance.Amount
	}
	start := params.Agon(apptest.StartBalance).Amount

	t.Run("a-send-moves-the-amount-and-costs-the-fee", func(t *testing.T) {
		chain.MustDeliver(alice, send(alice, bob, 7))
		require.Equal(t, start.SubRaw(7+apptest.Fee), balance(alice))
		require.Equal(t, start.AddRaw(7), balance(bob))
	})

	t.Run("several-of-one-account-in-one-block-keep-their-order", func(t *testing.T) {
		res := chain.Block(chain.Sign(alice, send(alice, bob, 1)), chain.Sign(alice, send(alice, bob, 2)))
		for _, result := range res.TxResults {
			require.Zero(t, result.Code, result.Log)
		}
		require.Equal(t, start.AddRaw(10), balance(bob))
	})

	t.Run("more-than-the-balance-is-refused-by-name", func(t *testing.T) {
		result := chain.Deliver(bob, send(bob, alice, 1_000_000*1_000_000_000))
		require.Equal(t, sdkerrors.ErrInsufficientFunds.ABCICode(), result.Code, result.Log)
		require.Equal(t, sdkerrors.ErrInsufficientFunds.Codespace(), result.Codespace)
	})

	t.Run("a-module-account-refuses-a-transfer", func(t *testing.T) {
		pool := authtypes.NewModuleAddress(stakingtypes.BondedPoolName)
		result := chain.Deliver(bob, banktypes.NewMsgSend(bob.Address, pool, sdk.NewCoins(params.Agon(1))))
		require.Equal(t, sdkerrors.ErrUnauthorized.ABCICode(), result.Code, result.Log)
	})

	t.Run("a-replay-is-refused", func(t *testing.T) {
		raw := chain.Sign(bob, send(bob, alice, 1))
		require.Zero(t, chain.Block(raw).TxResults[0].Code)
		require.Equal(t, sdkerrors.ErrWrongSequence.ABCICode(), chain.Block(raw).TxResults[0].Code)
	})
}

// TestHotkeyPaysThroughFeeGrant is the way of a daemon: its own key owns nothing and the owner pays.
func TestHotkeyPaysThroughFeeGrant(t *testing.T) {
	chain := apptest.New(t, apptest.WithAccounts("owner"))
	owner, hotkey := apptest.NewAccount("owner"), apptest.NewAccount("hotkey")
	grant, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, owner.Address, hotkey.Address)
	require.NoError(t, err)
	chain.MustDeliver(owner, grant)

	before := chain.App.BankKeeper.GetBalance(chain.Context(), owner.Address, params.BaseDenom)
	result := chain.Block(chain.SignGranted(hotkey, owner, &feegrant.MsgPruneAllowances{Pruner: hotkey.String()})).TxResults[0]
	require.Zero(t, result.Code, result.Log)
	after := chain.App.BankKeeper.GetBalance(chain.Context(), owner.Address, params.BaseDenom)
	require.Equal(t, before.Amount.SubRaw(apptest.Fee), after.Amount)

	result = chain.Block(chain.Sign(hotkey, &feegrant.MsgPruneAllowances{Pruner: hotkey.String()})).TxResults[0]
	require.Equal(t, sdkerrors.ErrInsufficientFunds.ABCICode(), result.Code, "without the grant: %s", result.Log)
}

// TestAppHash compares two runs of one history, and a run that is restarted in its middle. Every chain also compares
// itself with its shadows after each block.
func TestAppHash(t *testing.T) {
	history := func(t *testing.T, restart bool) []byte {
		chain := apptest.New(t, apptest.WithAccounts("alice", "bob", "carol"))
		alice, bob, carol := apptest.NewAccount("alice"), apptest.NewAccount("bob"), apptest.NewAccount("carol")
		validator := apptest.NewAccount(apptest.ValidatorName)
		chain.Blocks(3)
		chain.Block(
			chain.Sign(alice, send(alice, bob, 5)),
			chain.Sign(bob, send(bob, carol, 6)),
			chain.Sign(carol, send(carol, alice, 7)),
		)
		chain.MustDeliver(bob, stakingtypes.NewMsgDelegate(bob.String(), validator.ValAddress().String(), params.Agon(50)))
		if restart {
			chain.Restart()
		}
		chain.BlockAt(chain.Now().Add(time.Hour), chain.Sign(alice, send(alice, carol, 8)))
		chain.MustDeliver(bob, stakingtypes.NewMsgUndelegate(bob.String(), validator.ValAddress().String(), params.Agon(20)))
		chain.Blocks(5)
		return chain.AppHash()
	}
	want := history(t, false)
	require.Len(t, want, 32)
	t.Run("equal-in-a-second-run", func(t *testing.T) { require.Equal(t, want, history(t, false)) })
	t.Run("equal-after-a-restart", func(t *testing.T) { require.Equal(t, want, history(t, true)) })
}
