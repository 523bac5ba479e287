// Package keepertest gives the tests of one module a real multistore in memory with a real account and bank keeper,
// so that what a test sees of balances, supply and permissions is what the chain would do.
//
// It knows no module of Agon: each module's tests add their own store and keeper. A whole chain for tests is in
// package apptest.
package keepertest

import (
	"maps"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/core/address"
	corestore "cosmossdk.io/core/store"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/codec"
	addresscodec "github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/std"
	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	"github.com/cosmos/cosmos-sdk/x/tx/signing"

	"github.com/agon-chain/agon/app/params"
)

// FaucetName is the module account from which Fund mints.
const FaucetName = "faucet"

// Config says what a Suite needs.
type Config struct {
	// StoreKeys are the names of the key-value stores of the module under test and of the modules it stands on.
	StoreKeys []string
	// ModuleAccounts maps the name of a module account to its permissions (authtypes.Minter, authtypes.Burner).
	ModuleAccounts map[string][]string
	// RegisterInterfaces are the modules' functions that make their messages known to the codec.
	RegisterInterfaces []func(codectypes.InterfaceRegistry)
	// DB keeps the stores; nil keeps them in memory.
	DB dbm.DB
}

// Suite is a chain's ground floor: stores, codec, accounts and bank, at height 1.
type Suite struct {
	// Ctx is at height 1 with a fixed time; tests move it with WithBlockHeight and WithBlockTime.
	Ctx          sdk.Context
	Cdc          codec.Codec
	Registry     codectypes.InterfaceRegistry
	AddressCodec address.Codec
	// Authority is the address of the governance module, which every UpdateParams asks for.
	Authority string
	Accounts  authkeeper.AccountKeeper
	Bank      bankkeeper.BaseKeeper

	stores storetypes.CommitMultiStore
	keys   map[string]*storetypes.KVStoreKey
	t      testing.TB
}

// New builds the suite; it fails the test if the configuration cannot be mounted.
func New(t testing.TB, cfg Config) *Suite {
	t.Helper()
	params.ConfigureSDK()

	accountCodec := addresscodec.NewBech32Codec(params.Bech32Prefix)
	registry, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles: proto.HybridResolver,
		SigningOptions: signing.Options{
			AddressCodec:          accountCodec,
			ValidatorAddressCodec: addresscodec.NewBech32Codec(params.Bech32PrefixValidator),
		},
	})
	require.NoError(t, err)
	std.RegisterInterfaces(registry)
	authtypes.RegisterInterfaces(registry)
	banktypes.RegisterInterfaces(registry)
	for _, register := range cfg.RegisterInterfaces {
		register(registry)
	}
	cdc := codec.NewProtoCodec(registry)

	names := append([]string{authtypes.StoreKey, banktypes.StoreKey}, cfg.StoreKeys...)
	keys := storetypes.NewKVStoreKeys(names...)
	objectKey := storetypes.NewObjectStoreKey(banktypes.ObjectStoreKey)
	db := cfg.DB
	if db == nil {
		db = dbm.NewMemDB()
	}
	stores := store.NewCommitMultiStore(db, log.NewNopLogger())
	for _, name := range names {
		stores.MountStoreWithDB(keys[name], storetypes.StoreTypeIAVL, nil)
	}
	stores.MountStoreWithDB(objectKey, storetypes.StoreTypeObject, nil)
	require.NoError(t, stores.LoadLatestVersion())

	ctx := sdk.NewContext(stores, cmtproto.Header{
		ChainID: "agon-test",
		Height:  1,
		Time:    time.Unix(1_700_000_000, 0).UTC(),
	}, false, log.NewNopLogger())

	permissions := map[string][]string{FaucetName: {authtypes.Minter}}
	maps.Copy(permissions, cfg.ModuleAccounts)
	authority := authtypes.NewModuleAddress(govtypes.ModuleName).String()

	accounts := authkeeper.NewAccountKeeper(
		cdc, runtime.NewKVStoreService(keys[authtypes.StoreKey]), authtypes.ProtoBaseAccount,
		permissions, accountCodec, params.Bech32Prefix, authority,
	)
	require.NoError(t, accounts.Params.Set(ctx, authtypes.DefaultParams()))
	bank := bankkeeper.NewBaseKeeper(
		cdc, runtime.NewKVStoreService(keys[banktypes.StoreKey]), accounts,
		map[string]bool{}, authority, log.NewNopLogger(),
	).WithObjStoreKey(objectKey)
	require.NoError(t, bank.SetParams(ctx, banktypes.DefaultParams()))

	return &Suite{
		Ctx: ctx, Cdc: cdc, Registry: registry, AddressCodec: accountCodec, Authority: authority,
		Accounts: accounts, Bank: bank, stores: stores, keys: keys, t: t,
	}
}

// Store returns the store service to hand to the keeper whose store is called name.
func (s *Suite) Store(name string) corestore.KVStoreService {
	s.t.Helper()
	key, ok := s.keys[name]
	require.True(s.t, ok, "store %q is not in Config.StoreKeys", name)
	return runtime.NewKVStoreService(key)
}

// Commit writes what the stores hold as the next version, as the end of a block does. What was written through Ctx counts.
func (s *Suite) Commit() { s.stores.Commit() }

// Fund mints coins and gives them to an account.
func (s *Suite) Fund(to sdk.AccAddress, coins ...sdk.Coin) {
	s.t.Helper()
	amount := sdk.NewCoins(coins...)
	require.NoError(s.t, s.Bank.MintCoins(s.Ctx, FaucetName, amount))
	require.NoError(s.t, s.Bank.SendCoinsFromModuleToAccount(s.Ctx, FaucetName, to, amount))
}

// Account returns the n-th of an endless row of addresses that are the same in every run.
func Account(n byte) sdk.AccAddress {
	// The SDK remembers the text of an address from its first use on, so the prefix has to be right before that.
	params.ConfigureSDK()
	addr := make([]byte, 20)
	for i := range addr {
		addr[i] = n
	}
	return addr
}
