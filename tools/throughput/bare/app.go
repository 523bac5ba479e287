// Package bare is the least application that the Cosmos SDK makes of its own modules: accounts, coins, consensus validators.
// It is what Agon's throughput is measured beside; nothing else uses it.
package bare

import (
	"encoding/json"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/baseapp/blockexec"
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/runtime"
	"github.com/cosmos/cosmos-sdk/server/api"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/x/auth"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	"github.com/cosmos/cosmos-sdk/x/bank"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/cosmos-sdk/x/consensus"
	consensuskeeper "github.com/cosmos/cosmos-sdk/x/consensus/keeper"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	"github.com/cosmos/cosmos-sdk/x/genutil"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
	stakingkeeper "github.com/cosmos/cosmos-sdk/x/staking/keeper"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	agon "github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
)

// Name is the folder and the program's name in reports.
const Name = "bare"

// application is the SDK's own modules and nothing else. Its codec is Agon's, so that one generator signs for both.
type application struct {
	*baseapp.BaseApp
	encoding agon.Encoding
	modules  *module.Manager
}

// newApplication builds the application and loads its last state.
func newApplication(logger log.Logger, db dbm.DB, options servertypes.AppOptions, baseOptions ...func(*baseapp.BaseApp)) (*application, error) {
	lender, err := agon.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
	if err != nil {
		return nil, err
	}
	enc := lender.Encoding()
	base := baseapp.NewBaseApp(Name, logger, db, enc.TxConfig.TxDecoder(), baseOptions...)
	base.SetInterfaceRegistry(enc.InterfaceRegistry)
	base.SetTxEncoder(enc.TxConfig.TxEncoder())
	a := &application{BaseApp: base, encoding: enc}

	names := []string{authtypes.StoreKey, banktypes.StoreKey, stakingtypes.StoreKey, consensustypes.StoreKey}
	stores := storetypes.NewKVStoreKeys(names...)
	object := storetypes.NewObjectStoreKeys(banktypes.ObjectStoreKey)
	authority := authtypes.NewModuleAddress("gov").String()
	accounts := authkeeper.NewAccountKeeper(enc.Codec, runtime.NewKVStoreService(stores[authtypes.StoreKey]), authtypes.ProtoBaseAccount,
		map[string][]string{
			authtypes.FeeCollectorName:          nil,
			stakingtypes.BondedPoolName:         {authtypes.Burner, authtypes.Staking},
			stakingtypes.NotBondedPoolName:      {authtypes.Burner, authtypes.Staking},
			stakingtypes.KeyRotationFeePoolName: {authtypes.Burner},
		}, enc.AddressCodec, params.Bech32Prefix, authority)
	coins := bankkeeper.NewBaseKeeper(enc.Codec, runtime.NewKVStoreService(stores[banktypes.StoreKey]), accounts, nil, authority, logger).
		WithObjStoreKey(object[banktypes.ObjectStoreKey])
	bonds := stakingkeeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(stores[stakingtypes.StoreKey]), accounts, coins, authority,
		enc.ValidatorAddressCodec, enc.ConsensusAddressCodec)
	rules := consensuskeeper.NewKeeper(enc.Codec, runtime.NewKVStoreService(stores[consensustypes.StoreKey]), authority, runtime.EventService{})
	base.SetParamStore(rules.ParamsStore)

	a.modules = module.NewManager(
		genutil.NewAppModule(accounts, bonds, a, enc.TxConfig),
		auth.NewAppModule(enc.Codec, accounts, nil),
		bank.NewAppModule(enc.Codec, coins, accounts),
		staking.NewAppModule(enc.Codec, bonds, accounts, coins),
		consensus.NewAppModule(enc.Codec, rules),
	)
	a.modules.SetOrderBeginBlockers(stakingtypes.ModuleName)
	a.modules.SetOrderEndBlockers(banktypes.ModuleName, stakingtypes.ModuleName)
	a.modules.SetOrderInitGenesis(consensustypes.ModuleName, authtypes.ModuleName, banktypes.ModuleName, stakingtypes.ModuleName, genutiltypes.ModuleName)
	if err := a.modules.RegisterServices(module.NewConfigurator(enc.Codec, base.MsgServiceRouter(), base.GRPCQueryRouter())); err != nil {
		return nil, err
	}
	a.MountKVStores(stores)
	a.MountObjectStores(object)
	a.SetInitChainer(a.initChain)
	a.SetBeginBlocker(a.modules.BeginBlock)
	a.SetEndBlocker(a.modules.EndBlock)
	handler, err := ante.NewAnteHandler(ante.HandlerOptions{
		AccountKeeper: accounts, BankKeeper: coins, SignModeHandler: enc.TxConfig.SignModeHandler(), SigGasConsumer: ante.DefaultSigVerificationGasConsumer,
	})
	if err != nil {
		return nil, err
	}
	a.SetAnteHandler(handler)
	keys := make([]storetypes.StoreKey, 0, len(names)+1)
	for _, name := range names {
		keys = append(keys, stores[name])
	}
	blockexec.Apply(base, options, append(keys, object[banktypes.ObjectStoreKey]), enc.TxConfig.TxDecoder(),
		func(storetypes.MultiStore) string { return params.BaseDenom })
	return a, base.LoadLatestVersion()
}

func (a *application) initChain(ctx sdk.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	var state map[string]json.RawMessage
	if err := json.Unmarshal(req.AppStateBytes, &state); err != nil {
		return nil, err
	}
	return a.modules.InitGenesis(ctx, a.encoding.Codec, state)
}

// RegisterAPIRoutes serves nothing: the generator speaks to the consensus engine.
func (*application) RegisterAPIRoutes(*api.Server, serverconfig.APIConfig) {}

// RegisterTxService serves nothing.
func (*application) RegisterTxService(client.Context) {}

// RegisterTendermintService serves nothing.
func (*application) RegisterTendermintService(client.Context) {}

// RegisterNodeService serves nothing.
func (*application) RegisterNodeService(client.Context, serverconfig.Config) {}
