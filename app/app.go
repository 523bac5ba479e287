package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cast"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	reflectionv1 "cosmossdk.io/api/cosmos/reflection/v1"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/baseapp/blockexec"
	"github.com/cosmos/cosmos-sdk/client/flags"
	runtimeservices "github.com/cosmos/cosmos-sdk/runtime/services"
	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	"github.com/cosmos/cosmos-sdk/version"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/gogoproto/proto"

	"github.com/agon-chain/agon/app/params"
)

// App is the state machine of the chain: it answers the consensus engine and holds the keepers.
type App struct {
	*baseapp.BaseApp
	Keepers

	encoding     Encoding
	stores       []string // names of the key-value stores, in the release's order
	keys         map[string]*storetypes.KVStoreKey
	objectKeys   map[string]*storetypes.ObjectStoreKey
	modules      *module.Manager
	basics       module.BasicManager
	configurator module.Configurator

	closeOnce sync.Once
	closeErr  error
}

var _ servertypes.Application = (*App)(nil)

// New builds the application over db and loads the last committed state.
//
// options carry what an operator configured (app.toml, flags); baseOptions what the caller fixes, such as pruning or the
// chain id. An error means that the wiring or the stored state is not usable; nothing has been started yet.
func New(logger log.Logger, db dbm.DB, options servertypes.AppOptions, baseOptions ...func(*baseapp.BaseApp)) (*App, error) {
	return newRelease(thisRelease(), logger, db, options, baseOptions...)
}

func newRelease(
	r release, logger log.Logger, db dbm.DB, options servertypes.AppOptions, baseOptions ...func(*baseapp.BaseApp),
) (*App, error) {
	app, err := newUnloaded(r, logger, db, options, baseOptions...)
	if err != nil {
		return nil, err
	}
	if err := app.LoadLatestVersion(); err != nil {
		return nil, fmt.Errorf("load latest state: %w", err)
	}
	app.SetQueryMultiStore(queryStore{app.CommitMultiStore(), db})
	return app, nil
}

// NewAtHeight is New on the state that was committed at height, for exports of the past.
func NewAtHeight(
	logger log.Logger, db dbm.DB, height int64, options servertypes.AppOptions, baseOptions ...func(*baseapp.BaseApp),
) (*App, error) {
	app, err := newUnloaded(thisRelease(), logger, db, options, baseOptions...)
	if err != nil {
		return nil, err
	}
	if err := app.LoadVersion(height); err != nil {
		return nil, fmt.Errorf("load state at height %d: %w; it may be pruned", height, err)
	}
	return app, nil
}

func newUnloaded(
	r release, logger log.Logger, db dbm.DB, options servertypes.AppOptions, baseOptions ...func(*baseapp.BaseApp),
) (*App, error) {
	params.ConfigureSDK()
	encoding, err := newEncoding()
	if err != nil {
		return nil, err
	}

	base := baseapp.NewBaseApp(Name, logger, db, encoding.TxConfig.TxDecoder(), baseOptions...)
	base.SetVersion(version.Version)
	base.SetInterfaceRegistry(encoding.InterfaceRegistry)
	base.SetTxEncoder(encoding.TxConfig.TxEncoder())
	// The same on every node, whichever executor it runs; blocks that are proposed keep the limit.
	base.SetDisableBlockGasMeter(true)
	setProposals(base, encoding.TxConfig.TxDecoder())

	app := &App{
		BaseApp:    base,
		encoding:   encoding,
		stores:     r.stores,
		keys:       storetypes.NewKVStoreKeys(r.stores...),
		objectKeys: storetypes.NewObjectStoreKeys(banktypes.ObjectStoreKey),
	}
	if err := base.RegisterStreamingServices(options, app.keys); err != nil {
		return nil, fmt.Errorf("state streaming: %w", err)
	}

	home := cast.ToString(options.Get(flags.FlagHome))
	skip := make(map[int64]bool)
	for _, height := range cast.ToIntSlice(options.Get(server.FlagUnsafeSkipUpgrades)) {
		skip[int64(height)] = true
	}
	app.Keepers = newKeepers(keeperInputs{
		base: base, encoding: encoding, keys: app.keys, objectKeys: app.objectKeys,
		logger: logger, home: home, skipUpgrade: skip,
	})
	base.SetParamStore(app.ConsensusKeeper.ParamsStore)

	if err := app.wireModules(r.without); err != nil {
		return nil, err
	}
	if err := app.registerUpgrades(r.plans, home); err != nil {
		return nil, err
	}

	app.MountKVStores(app.keys)
	app.MountObjectStores(app.objectKeys)
	app.SetInitChainer(app.initChain)
	app.SetPreBlocker(app.preBlock)
	app.SetBeginBlocker(app.modules.BeginBlock)
	app.SetEndBlocker(app.modules.EndBlock)
	anteHandler, err := app.newAnteHandler()
	if err != nil {
		return nil, fmt.Errorf("ante handler: %w", err)
	}
	app.SetAnteHandler(anteHandler)

	blockexec.Apply(base, options, app.storeKeys(), encoding.TxConfig.TxDecoder(),
		func(storetypes.MultiStore) string { return params.BaseDenom })
	return app, nil
}

// wireModules registers what modules say and hear: types, messages, queries, order.
func (app *App) wireModules(without []string) error {
	app.modules = app.newModules()
	for _, name := range without {
		delete(app.modules.Modules, name)
	}
	orderModules(app.modules)
	app.basics = newBasics(app.modules)
	app.basics.RegisterLegacyAminoCodec(app.encoding.Amino)
	app.basics.RegisterInterfaces(app.encoding.InterfaceRegistry)

	app.configurator = module.NewConfigurator(app.encoding.Codec, app.MsgServiceRouter(), app.GRPCQueryRouter())
	if err := app.modules.RegisterServices(app.configurator); err != nil {
		return fmt.Errorf("register services: %w", err)
	}
	autocliv1.RegisterQueryServer(app.GRPCQueryRouter(), runtimeservices.NewAutoCLIQueryService(app.modules.Modules))
	reflection, err := runtimeservices.NewReflectionService()
	if err != nil {
		return fmt.Errorf("reflection service: %w", err)
	}
	reflectionv1.RegisterReflectionServiceServer(app.GRPCQueryRouter(), reflection)

	files, err := proto.MergedRegistry()
	if err != nil {
		return fmt.Errorf("protobuf registry: %w", err)
	}
	if err := msgservice.ValidateProtoAnnotations(files); err != nil {
		return fmt.Errorf("protobuf annotations: %w", err)
	}
	return nil
}

// storeKeys lists, in the release's order, every store that a transaction may touch.
func (app *App) storeKeys() []storetypes.StoreKey {
	keys := make([]storetypes.StoreKey, 0, len(app.keys)+len(app.objectKeys))
	for _, name := range app.stores {
		keys = append(keys, app.keys[name])
	}
	return append(keys, app.objectKeys[banktypes.ObjectStoreKey])
}

func (app *App) initChain(ctx sdk.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	var state GenesisState
	if err := json.Unmarshal(req.AppStateBytes, &state); err != nil {
		return nil, fmt.Errorf("app_state of the genesis file: %w", err)
	}
	if len(state) == 0 {
		return nil, errors.New("app_state of the genesis file is empty; create one with agond init")
	}
	if err := app.UpgradeKeeper.SetModuleVersionMap(ctx, app.modules.GetVersionMap()); err != nil {
		return nil, fmt.Errorf("module versions: %w", err)
	}
	return app.modules.InitGenesis(ctx, app.encoding.Codec, state)
}

func (app *App) preBlock(ctx sdk.Context, _ *abci.RequestFinalizeBlock) (*sdk.ResponsePreBlock, error) {
	return app.modules.PreBlock(ctx)
}

// Close releases the databases. The server calls it from more than one place on its way down; only the first call acts,
// and the others return its error.
func (app *App) Close() error {
	app.closeOnce.Do(func() { app.closeErr = app.BaseApp.Close() })
	return app.closeErr
}

// Encoding returns the codec and transaction configuration.
func (app *App) Encoding() Encoding { return app.encoding }

// Modules returns the module manager, which tests and tools use to import and export state.
func (app *App) Modules() *module.Manager { return app.modules }

// Basics returns the modules' stateless parts, which the genesis commands need.
func (app *App) Basics() module.BasicManager { return app.basics }
