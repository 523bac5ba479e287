package subnet_test

import (
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/x/subnet"
	"github.com/agon-chain/agon/x/subnet/keeper"
	"github.com/agon-chain/agon/x/subnet/types"
)

// A name that the protobuf files do not know stops the command line at its start; a method without a command is one
// that nobody finds.
func TestCommandsNameWhatExists(t *testing.T) {
	options := subnet.AppModule{}.AutoCLIOptions()
	for _, service := range []*autocliv1.ServiceCommandDescriptor{options.Query, options.Tx} {
		found, err := proto.HybridResolver.FindDescriptorByName(protoreflect.FullName(service.Service))
		require.NoError(t, err)
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		require.Len(t, service.RpcCommandOptions, methods.Len())
		for _, command := range service.RpcCommandOptions {
			method := methods.ByName(protoreflect.Name(command.RpcMethod))
			require.NotNil(t, method, command.RpcMethod)
			require.True(t, command.Skip || command.Short != "", command.RpcMethod)
			fields := method.Input().Fields()
			for _, arg := range command.PositionalArgs {
				require.NotNil(t, fields.ByName(protoreflect.Name(arg.ProtoField)), "%s: %s", command.RpcMethod, arg.ProtoField)
			}
			for name := range command.FlagOptions {
				require.NotNil(t, fields.ByName(protoreflect.Name(name)), "%s: %s", command.RpcMethod, name)
			}
		}
	}
}

func TestGenesisAsJSON(t *testing.T) {
	s := keepertest.New(t, keepertest.Config{
		StoreKeys:          []string{types.StoreKey},
		ModuleAccounts:     map[string][]string{types.ModuleName: {authtypes.Burner}},
		RegisterInterfaces: []func(codectypes.InterfaceRegistry){types.RegisterInterfaces},
	})
	m := subnet.NewAppModule(s.Cdc, keeper.NewKeeper(s.Cdc, s.Store(types.StoreKey), s.Authority, s.Bank))
	start := m.DefaultGenesis(s.Cdc)
	require.NoError(t, m.ValidateGenesis(s.Cdc, nil, start))
	m.InitGenesis(s.Ctx, s.Cdc, start)
	require.JSONEq(t, string(start), string(m.ExportGenesis(s.Ctx, s.Cdc)))

	require.ErrorContains(t, m.ValidateGenesis(s.Cdc, nil, []byte("{")), "genesis of subnet")
	require.ErrorIs(t, m.ValidateGenesis(s.Cdc, nil, []byte("{}")), types.ErrInvalidParams)
	require.Panics(t, func() { m.InitGenesis(s.Ctx, s.Cdc, []byte("{}")) })
}
