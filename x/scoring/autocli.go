package scoring

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/agon-chain/agon/x/scoring/types"
)

// AutoCLIOptions describes the module's commands.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	netuid := &autocliv1.PositionalArgDescriptor{ProtoField: "netuid"}
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: types.Query_serviceDesc.ServiceName,
			Short:   "Read how neurons are judged",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{RpcMethod: "Params", Use: "params", Short: "Show how many epochs a block takes", Example: "agond query scoring params"},
				// A table by neurons says more than columns of bytes: agond has a command of its own.
				{RpcMethod: "Metagraph", Skip: true},
				{
					RpcMethod: "Epoch", Use: "epoch [netuid]",
					Short:          "Show the running epoch of a subnet: its number, when it began and when it is due (heights)",
					Example:        "agond query scoring epoch 1",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "EpochInput", Use: "epoch-input [netuid]",
					Short:          "Show the parameters and columns that the next epoch of a subnet reckons on",
					Long:           "Show the parameters and columns that the next epoch of a subnet reckons on; where it has several scoring mechanisms, in the one that --mechanism names. With weights and bonds, and as a document that can be reckoned again: agond epoch export.",
					Example:        "agond query scoring epoch-input 1\nagond query scoring epoch-input 1 --mechanism 1",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "Weights", Use: "weights [netuid]",
					Short:          "Show the weights that validators have set, as fractions of 65535",
					Example:        "agond query scoring weights 1\nagond query scoring weights 1 --mechanism 1",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "Bonds", Use: "bonds [netuid]",
					Short:          "Show the bonds that validators hold in miners, as fractions of 65535",
					Example:        "agond query scoring bonds 1\nagond query scoring bonds 1 --mechanism 1",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "Commits", Use: "commits [netuid] [hotkey]",
					Short:          "Show a validator's promises of weights that wait for their reveal",
					Example:        "agond query scoring commits 1 agon1...",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "hotkey"}},
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: types.Msg_serviceDesc.ServiceName,
			Short:   "Judge neurons (validators' daemons do this by themselves)",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "SetWeights", Use: "set-weights [netuid] [version]",
					Short:          "Set weights at once, in subnets without commit and reveal; signed by the hotkey",
					Example:        `agond tx scoring set-weights 1 0 --weights '{"uid":0,"value":65535}' --weights '{"uid":2,"value":30000}' --from hotkey`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "version"}},
				},
				{
					RpcMethod: "CommitWeights", Use: "commit-weights [netuid] [epoch] [hash]",
					Short:          "Promise weights for the running epoch by their hash (32 bytes, base64); signed by the hotkey",
					Example:        "agond tx scoring commit-weights 1 $(agond query scoring epoch 1 --output json | jq -r .epoch.index) n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg= --from hotkey",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "epoch"}, {ProtoField: "hash"}},
				},
				{
					RpcMethod: "ResumeEpochs", Use: "resume-epochs [netuid]",
					Short:          "Let the epochs of a paused subnet run again; signed by the subnet's owner",
					Example:        "agond tx scoring resume-epochs 1 --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				// A reveal carries proofs that nobody types.
				{RpcMethod: "RevealWeights", Skip: true},
				{RpcMethod: "UpdateParams", Skip: true},
			},
		},
	}
}
