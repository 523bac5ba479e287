package keepertest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
)

const (
	vaultName = "vault"
	lockName  = "lock"
)

// vault is the smallest keeper that has a store and moves coins: it mints what it is asked for and counts it.
type vault struct {
	bank   bankKeeper
	schema collections.Schema
	minted collections.Map[sdk.AccAddress, math.Int]
}

type bankKeeper interface {
	MintCoins(ctx context.Context, module string, amount sdk.Coins) error
	SendCoinsFromModuleToAccount(ctx context.Context, from string, to sdk.AccAddress, amount sdk.Coins) error
}

func newVault(t *testing.T, store corestore.KVStoreService, bank bankKeeper) vault {
	t.Helper()
	builder := collections.NewSchemaBuilder(store)
	v := vault{
		bank:   bank,
		minted: collections.NewMap(builder, collections.NewPrefix(1), "minted", sdk.AccAddressKey, sdk.IntValue),
	}
	schema, err := builder.Build()
	require.NoError(t, err)
	v.schema = schema
	return v
}

func (v vault) mint(ctx context.Context, module string, to sdk.AccAddress, amount sdk.Coin) error {
	coins := sdk.NewCoins(amount)
	if err := v.bank.MintCoins(ctx, module, coins); err != nil {
		return err
	}
	if err := v.minted.Set(ctx, to, amount.Amount); err != nil {
		return err
	}
	return v.bank.SendCoinsFromModuleToAccount(ctx, module, to, coins)
}

func TestSuiteBehavesLikeTheChain(t *testing.T) {
	s := keepertest.New(t, keepertest.Config{
		StoreKeys: []string{vaultName},
		ModuleAccounts: map[string][]string{
			vaultName: {authtypes.Minter, authtypes.Burner},
			lockName:  nil,
		},
	})
	v := newVault(t, s.Store(vaultName), s.Bank)
	alice := keepertest.Account(1)

	t.Run("a-minter-raises-supply-and-balance", func(t *testing.T) {
		require.NoError(t, v.mint(s.Ctx, vaultName, alice, params.Agon(3)))
		require.Equal(t, params.Agon(3), s.Bank.GetBalance(s.Ctx, alice, params.BaseDenom))
		require.Equal(t, params.Agon(3), s.Bank.GetSupply(s.Ctx, params.BaseDenom))
		got, err := v.minted.Get(s.Ctx, alice)
		require.NoError(t, err)
		require.Equal(t, params.Agon(3).Amount, got)
	})

	t.Run("a-module-without-permission-cannot-mint", func(t *testing.T) {
		require.PanicsWithError(t,
			"module account lock does not have permissions to mint tokens: unauthorized",
			func() { _ = v.mint(s.Ctx, lockName, alice, params.Agon(1)) })
	})

	t.Run("spending-more-than-the-balance-names-the-cause", func(t *testing.T) {
		err := s.Bank.SendCoins(s.Ctx, alice, keepertest.Account(2), sdk.NewCoins(params.Agon(4)))
		require.ErrorIs(t, err, sdkerrors.ErrInsufficientFunds)
	})

	t.Run("a-branched-context-can-be-dropped", func(t *testing.T) {
		branch, _ := s.Ctx.CacheContext()
		require.NoError(t, v.mint(branch, vaultName, alice, params.Agon(7)))
		require.Equal(t, params.Agon(3), s.Bank.GetBalance(s.Ctx, alice, params.BaseDenom))
	})

	t.Run("addresses-carry-the-prefix-of-the-chain", func(t *testing.T) {
		require.Equal(t, "agon1", alice.String()[:5])
		require.Equal(t, "agon1", s.Authority[:5])
	})
}
