package emission

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/agon-chain/agon/x/emission/types"
)

// AutoCLIOptions describes the module's queries to the command line. Its one message is governance's.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: types.Query_serviceDesc.ServiceName,
			Short:   "Read what is minted and for whom",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show the parts of emission in basis points and the half-life of the price average in blocks",
					Example: "agond query emission params",
				},
				{
					RpcMethod: "Overview", Use: "overview",
					Short:   "Show issuance, block emission, next halving and who received what, in nagon (10^9 nagon = 1 AGON)",
					Example: "agond query emission overview --output json",
				},
				{
					RpcMethod: "Subnets", Use: "subnets",
					Short:   "List each subnet's share of emission and what waits for its pool and its next epoch",
					Example: "agond query emission subnets",
				},
				{
					RpcMethod: "Subnet", Use: "subnet [netuid]",
					Short:          "Show one subnet's share of emission and what waits for its pool (nagon) and its next epoch (alpha base units)",
					Example:        "agond query emission subnet 1",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "netuid"}},
				},
			},
		},
	}
}
