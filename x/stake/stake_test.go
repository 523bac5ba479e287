package stake_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/agon-chain/agon/x/stake"
	"github.com/agon-chain/agon/x/stake/keeper"
	"github.com/agon-chain/agon/x/stake/types"
)

// The README's table of parameters has all of them, with the defaults of the code.
func TestReadmeHasTheParametersOfTheCode(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "\n## Parameters\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "\n## ")
	got := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| [^|]+ \\| (\\d+) \\|").FindAllStringSubmatch(section, -1) {
		got[row[1]] = row[2]
	}
	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry())
	params := types.DefaultParams()
	fields := map[string]any{}
	require.NoError(t, json.Unmarshal(cdc.MustMarshalJSON(&params), &fields))
	want := map[string]string{}
	for name, value := range fields {
		b, err := json.Marshal(value)
		require.NoError(t, err)
		want[name] = strings.Trim(string(b), `"`)
	}
	require.Equal(t, want, got)
}

// The README names every message, query, event and invariant that there is.
func TestReadmeNamesWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	section := func(name string) string {
		_, found, ok := strings.Cut(string(text), "\n## "+name+"\n")
		require.True(t, ok, name)
		found, _, _ = strings.Cut(found, "\n## ")
		return found
	}
	methods := func(service string) protoreflect.MethodDescriptors {
		found, err := proto.HybridResolver.FindDescriptorByName(protoreflect.FullName(service))
		require.NoError(t, err)
		return found.(protoreflect.ServiceDescriptor).Methods()
	}
	messages := section("Messages")
	for i, all := 0, methods("agon.stake.v1.Msg"); i < all.Len(); i++ {
		require.Contains(t, messages, "| `"+string(all.Get(i).Name())+"` | ")
	}
	queries := section("Queries")
	for _, command := range (stake.AppModule{}.AutoCLIOptions()).Query.RpcCommandOptions {
		use, _, _ := strings.Cut(command.Use, " ")
		require.Contains(t, queries, "agond query stake "+use)
	}
	events := section("Events")
	file, err := proto.HybridResolver.FindFileByPath("agon/stake/v1/events.proto")
	require.NoError(t, err)
	for i := range file.Messages().Len() {
		require.Contains(t, events, "`"+string(file.Messages().Get(i).Name())+"`")
	}
	invariants := section("Invariants")
	for _, invariant := range (&keeper.Keeper{}).Invariants() {
		require.Contains(t, invariants, "| `"+invariant.Name+"` | ")
	}
}

// Every command names a method and fields that exist, and every method has its command.
func TestCommandsNameWhatThereIs(t *testing.T) {
	options := stake.AppModule{}.AutoCLIOptions()
	for _, service := range []*autocliv1.ServiceCommandDescriptor{options.Query, options.Tx} {
		found, err := proto.HybridResolver.FindDescriptorByName(protoreflect.FullName(service.Service))
		require.NoError(t, err)
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		require.Len(t, service.RpcCommandOptions, methods.Len())
		for _, command := range service.RpcCommandOptions {
			method := methods.ByName(protoreflect.Name(command.RpcMethod))
			require.NotNil(t, method, command.RpcMethod)
			if command.Skip {
				continue
			}
			require.NotEmpty(t, command.Short, command.RpcMethod)
			require.Equal(t, len(command.PositionalArgs), strings.Count(command.Use, "["), command.Use)
			for _, arg := range command.PositionalArgs {
				require.NotNil(t, method.Input().Fields().ByName(protoreflect.Name(arg.ProtoField)), "%s.%s", command.RpcMethod, arg.ProtoField)
			}
		}
	}
}

func TestGenesisOfTheModule(t *testing.T) {
	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry())
	m := stake.AppModule{}
	require.NoError(t, m.ValidateGenesis(cdc, nil, m.DefaultGenesis(cdc)))
	require.ErrorContains(t, m.ValidateGenesis(cdc, nil, json.RawMessage(`{"params":7}`)), "genesis of stake")
	require.ErrorIs(t, m.ValidateGenesis(cdc, nil, json.RawMessage(`{}`)), types.ErrInvalidParams)
}
