package subnet

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	"github.com/agon-chain/agon/x/subnet/types"
)

// AutoCLIOptions describes the module's queries and messages to the command line. Amounts are in nagon, periods in blocks.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	netuid := &autocliv1.PositionalArgDescriptor{ProtoField: "netuid"}
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: types.Query_serviceDesc.ServiceName,
			Short:   "Read subnets, their rules and their neurons",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show the chain's bounds for every subnet (amounts in nagon, periods in blocks)",
					Example: "agond query subnet params --output json",
				},
				{
					RpcMethod: "Subnet", Use: "subnet [netuid]",
					Short:          "Show one subnet: identity, task, hyperparameters, and what a uid costs now in nagon (10^9 nagon = 1 AGON)",
					Example:        "agond query subnet subnet 1 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "Subnets", Use: "subnets",
					Short:   "List all subnets, at most 100 a page",
					Example: "agond query subnet subnets --page-limit 20",
				},
				{
					RpcMethod: "Neuron", Use: "neuron [netuid] [uid]",
					Short:          "Show one neuron: hotkey, owner, height of registration and axon",
					Example:        "agond query subnet neuron 1 0",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "uid"}},
				},
				{
					RpcMethod: "Neurons", Use: "neurons [netuid]",
					Short:          "List a subnet's neurons by uid, at most 100 a page",
					Example:        "agond query subnet neurons 1 --page-limit 100 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "Hotkey", Use: "hotkey [hotkey]",
					Short:          "Show who owns a hotkey and the neurons that it holds in all subnets",
					Example:        "agond query subnet hotkey $(agond keys show miner --address)",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "hotkey"}},
				},
				{
					RpcMethod: "CreationCost", Use: "creation-cost",
					Short:   "Show what a new subnet costs now, in nagon (10^9 nagon = 1 AGON)",
					Example: "agond query subnet creation-cost",
				},
				{
					RpcMethod: "Identity", Use: "identity [address]",
					Short:          "Show what an account published of itself",
					Example:        "agond query subnet identity $(agond keys show me --address)",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "address"}},
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: types.Msg_serviceDesc.ServiceName,
			Short:   "Open subnets, register hotkeys and publish what they serve",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "CreateSubnet", Use: "create-subnet [task-kind] [symbol]",
					Short: "Open a subnet for the current creation cost, which becomes the AGON side of its pool",
					Long: "Open a subnet for the current creation cost (agond query subnet creation-cost), which becomes the AGON side of its pool.\n\n" +
						"task-kind is 1 to 64 of a-z, 0-9, '-' and '/', a letter first; symbol is 1 to 12 of A-Z and 0-9.\n" +
						"--identity takes JSON, or the name of a .json file, with name (required), description, url and contact.\n" +
						"--task-params takes a JSON object of at most 8192 bytes. --hyperparams takes all hyperparameters (what is left out of the JSON is 0 or false), or is left out for the chain's defaults: start from those.\n" +
						"--max-cost is the most to pay in nagon (10^9 nagon = 1 AGON); 0 is no limit.",
					Example: `agond tx subnet create-subnet langid LANG --identity '{"name":"Languages"}' --max-cost 20000000000000 --from owner` + "\n" +
						"agond query subnet params --output json | jq '.params.default_hyperparams | .tempo=\"120\"' > h.json\n" +
						`agond tx subnet create-subnet langid LANG --identity '{"name":"Languages"}' --hyperparams h.json --from owner`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "task_kind"}, {ProtoField: "symbol"}},
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"identity":    {Usage: "what people see: JSON or a .json file, with name, description, url, contact"},
						"task_params": {Usage: "the task's parameters: a JSON object of at most 8192 bytes"},
						"hyperparams": {Usage: "all hyperparameters: JSON or a .json file; the chain's defaults if left out"},
						"max_cost":    {Usage: "the most to pay, in nagon; 0 is no limit"},
					},
				},
				{
					RpcMethod: "Register", Use: "register [netuid] [hotkey]",
					Short: "Give a hotkey a uid in a subnet for the current price, which is burned",
					Long: "Give a hotkey a uid in a subnet for the current price (agond query subnet subnet 1), which is burned. The signer pays and owns the hotkey, for all time and in all subnets.\n" +
						"In a full subnet the weakest neuron outside immunity makes room. Gas grows with the number of neurons: leave it to be estimated.",
					Example:        "agond tx subnet register 1 $(agond keys show miner --address) --max-price 500000000 --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "hotkey"}},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"max_price": {Usage: "the most to pay, in nagon; 0 is no limit"}},
				},
				{
					RpcMethod: "ServeAxon", Use: "serve-axon [netuid]",
					Short: "Publish the endpoint of the neuron that the signing hotkey holds",
					Long: "Publish the endpoint of the neuron that the signing hotkey holds. --axon takes JSON, or the name of a .json file: url (http or https, host and port), service_key (32 bytes, base64), " +
						"and if wanted sealing_key (1216 bytes, base64), region, hardware (kind cpu or gpu, model, count, memory in bytes) and served (name, version).\n" +
						"A changed service_key stays for two tempos. Miners do this by themselves.",
					Example:        `agond tx subnet serve-axon 1 --axon '{"url":"http://203.0.113.7:8091","service_key":"7J6u1xJmL9yqkq0pYk2u9b0Pj3Vd1Y2yqkq0pYk2u9Y="}' --from miner`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"axon": {Usage: "the endpoint: JSON or a .json file"}},
				},
				{
					RpcMethod: "SetIdentity", Use: "set-identity [name]",
					Short:          "Publish what people see of the signing account (name of 1 to 64 bytes)",
					Example:        `agond tx subnet set-identity "Alice" --url https://alice.example --from alice`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "name"}},
					FlagOptions: map[string]*autocliv1.FlagOptions{
						"description": {Usage: "at most 1024 bytes"},
						"url":         {Usage: "of a site, at most 256 bytes"},
						"contact":     {Usage: "at most 256 bytes"},
					},
				},
				{
					RpcMethod: "UpdateSubnetIdentity", Use: "update-subnet-identity [netuid]",
					Short:          "Change what people see of a subnet; by its owner",
					Example:        `agond tx subnet update-subnet-identity 1 --identity '{"name":"Languages","url":"https://lang.example"}' --from owner`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"identity": {Usage: "all of it: JSON or a .json file, with name, description, url, contact"}},
				},
				{
					RpcMethod: "UpdateHyperparams", Use: "update-hyperparams [netuid]",
					Short:          "Replace a subnet's hyperparameters inside the chain's bounds; by its owner",
					Long:           "Replace a subnet's hyperparameters inside the chain's bounds (agond query subnet params). Start from the present ones: what is left out of the JSON becomes 0 or false.",
					Example:        "agond query subnet subnet 1 --output json | jq '.subnet.hyperparams | .tempo=\"120\"' > h.json\nagond tx subnet update-hyperparams 1 --hyperparams h.json --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"hyperparams": {Usage: "all of them: JSON or a .json file"}},
				},
				{
					RpcMethod: "UpdateTaskParams", Use: "update-task-params [netuid] [task-params]",
					Short:          "Replace what a subnet's task is told, a JSON object of at most 8192 bytes; by its owner",
					Example:        `agond tx subnet update-task-params 1 '{"languages":["eng","deu"]}' --from owner`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "task_params"}},
				},
				{RpcMethod: "UpdateParams", Skip: true},
			},
		},
	}
}
