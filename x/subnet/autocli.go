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
					RpcMethod: "RegistrationPrice", Use: "registration-price [netuid]",
					Short: "Show what a uid of a subnet costs now, its floor and ceiling, and when it has fallen to half (nagon; 10^9 nagon = 1 AGON)",
					Long: "Show what a uid of a subnet costs now in nagon (10^9 nagon = 1 AGON), the floor and ceiling of the price, and what it costs after a registration now.\n" +
						"lower_price is half of the price, or the floor if that is higher; lower_block is when the price has fallen to it if nobody registers before. registrations_left is how many the block still takes.",
					Example:        "agond query subnet registration-price 1 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "PendingHyperparams", Use: "pending-hyperparams [netuid]",
					Short:          "Show the hyperparameters that a subnet's owner has announced, and the block from which they are in force",
					Example:        "agond query subnet pending-hyperparams 1 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "OwnershipOffer", Use: "ownership-offer [netuid]",
					Short:          "Show to whom the owner of a subnet offers it, and until which block",
					Example:        "agond query subnet ownership-offer 1",
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
					RpcMethod: "Commitment", Use: "commitment [netuid] [hotkey]",
					Short:          "Show what a hotkey has committed to in a subnet (data in base64), and when",
					Example:        "agond query subnet commitment 1 $(agond keys show miner --address) --output json | jq -r .commitment.data | base64 --decode",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "hotkey"}},
				},
				{
					RpcMethod: "Commitments", Use: "commitments [netuid]",
					Short:          "List what a subnet's neurons have committed to (data in base64), by uid, at most 100 a page",
					Example:        "agond query subnet commitments 1 --page-limit 100 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "Collateral", Use: "collateral [netuid] [hotkey]",
					Short: "Show the collateral that is held for a hotkey's uid, how much has vested, and what a claim would pay (nagon)",
					Long: "Show the collateral that is held for a hotkey's uid in nagon (10^9 nagon = 1 AGON). It vests in proportion to earned over target, both in alpha base units;\n" +
						"claimable has vested and is not paid yet: agond subnet claim pays it.",
					Example:        "agond query subnet collateral 1 $(agond keys show miner --address) --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "hotkey"}},
				},
				{
					RpcMethod: "Collaterals", Use: "collaterals [netuid]",
					Short:          "List the collateral that is held for a subnet's neurons, by uid, at most 100 a page (nagon)",
					Example:        "agond query subnet collaterals 1 --page-limit 100 --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "Hotkey", Use: "hotkey [hotkey]",
					Short:          "Show who owns a hotkey, which key signs for it, and the neurons that it holds in all subnets",
					Example:        "agond query subnet hotkey $(agond keys show miner --address)",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "hotkey"}},
				},
				{
					RpcMethod: "OwnerSwap", Use: "owner-swap [owner]",
					Short:          "Show which account an owner has announced as the one to own everything, and from which block it can be carried out",
					Example:        "agond query subnet owner-swap $(agond keys show owner --address)",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "owner"}},
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
					Short: "Give a hotkey a uid in a subnet for the current price, part of which is held as collateral and the rest burned",
					Long: "Give a hotkey a uid in a subnet for the current price (agond query subnet registration-price 1). Part of it, collateral_bps, is held as collateral and vests with what the uid earns; the rest is burned. The signer pays and owns the hotkey, for all time and in all subnets.\n" +
						"With --max-price a registration that would cost more is refused, at the price of its fee. In a full subnet the weakest neuron outside immunity makes room. Gas grows with the number of neurons: leave it to be estimated.",
					Example:        "agond tx subnet register 1 $(agond keys show miner --address) --max-price 500000000 --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "hotkey"}},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"max_price": {Usage: "the most to pay, in nagon; 0 is no limit"}},
				},
				{
					RpcMethod: "ClaimCollateral", Use: "claim-collateral [netuid] [hotkey]",
					Short:          "Pay out what has vested of a neuron's collateral; by its owner",
					Example:        "agond query subnet collateral 1 $(agond keys show miner --address)\nagond tx subnet claim-collateral 1 $(agond keys show miner --address) --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "hotkey"}},
				},
				{
					RpcMethod: "ServeAxon", Use: "serve-axon [netuid]",
					Short: "Publish the endpoint of the neuron that the signing hotkey holds",
					Long: "Publish the endpoint of the neuron that the signing hotkey holds. --axon takes JSON, or the name of a .json file: url (http or https, host and port), service_key (32 bytes, base64), " +
						"and if wanted sealing_key (1216 bytes, base64), region, hardware (kind cpu or gpu, model, count, memory in bytes) and served (name, version).\n" +
						"A changed service_key stays for three tempos. Miners do this by themselves.",
					Example:        `agond tx subnet serve-axon 1 --axon '{"url":"http://203.0.113.7:8091","service_key":"7J6u1xJmL9yqkq0pYk2u9b0Pj3Vd1Y2yqkq0pYk2u9Y="}' --from miner`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"axon": {Usage: "the endpoint: JSON or a .json file"}},
				},
				{
					RpcMethod: "CommitData", Use: "commit-data [netuid] [data]",
					Short: "Put 1 to 256 bytes of the signing hotkey's neuron on the chain for all to read",
					Long: "Put 1 to 256 bytes of the signing hotkey's neuron on the chain for all to read, in place of those before: a hash, or where something larger lies. The chain gives them no meaning.\n" +
						"data is the name of a file, or hex, or base64. A neuron may commit every commitment_interval blocks (agond query subnet params); what it committed goes when it loses its uid.",
					Example:        "agond tx subnet commit-data 1 $(sha256sum model.bin | cut -d' ' -f1) --from miner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "data"}},
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
					Short: "Announce a subnet's next hyperparameters inside the chain's bounds; by its owner",
					Long: "Announce a subnet's next hyperparameters inside the chain's bounds (agond query subnet params). They are in force hyperparams_delay blocks later, and are judged again then.\n" +
						"A second announcement takes the place of the first, and the delay begins again. Start from the present ones: what is left out of the JSON becomes 0 or false.",
					Example:        "agond query subnet subnet 1 --output json | jq '.subnet.hyperparams | .tempo=\"120\"' > h.json\nagond tx subnet update-hyperparams 1 --hyperparams h.json --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"hyperparams": {Usage: "all of them: JSON or a .json file"}},
				},
				{
					RpcMethod: "CancelHyperparams", Use: "cancel-hyperparams [netuid]",
					Short:          "Take announced hyperparameters back before they are in force; by the subnet's owner",
					Example:        "agond query subnet pending-hyperparams 1\nagond tx subnet cancel-hyperparams 1 --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "UpdateTaskParams", Use: "update-task-params [netuid] [task-params]",
					Short:          "Replace what a subnet's task is told, a JSON object of at most 8192 bytes; by its owner",
					Example:        `agond tx subnet update-task-params 1 '{"languages":["eng","deu"]}' --from owner`,
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "task_params"}},
				},
				{
					RpcMethod: "OfferOwnership", Use: "offer-ownership [netuid] [new-owner] [expires-at]",
					Short: "Offer a subnet to another account, which becomes its owner by accepting; by its owner",
					Long: "Offer a subnet to another account, which becomes its owner by accepting until the block expires-at, at most 1000000 blocks ahead. Until then nothing changes, and the offer can be cancelled.\n" +
						"The new owner sets the rules, receives the owner cut from the next epoch on, and alone can give the subnet back. Hotkeys and stake stay whose they are.",
					Example:        "agond tx subnet offer-ownership 1 $(agond keys show buyer --address) 250000 --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "new_owner"}, {ProtoField: "expires_at"}},
				},
				{
					RpcMethod: "AcceptOwnership", Use: "accept-ownership [netuid]",
					Short:          "Become the owner of a subnet that is offered to the signing account",
					Example:        "agond query subnet ownership-offer 1\nagond tx subnet accept-ownership 1 --from buyer",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "CancelOwnershipOffer", Use: "cancel-ownership-offer [netuid]",
					Short:          "Take the offer of a subnet back; by its owner",
					Example:        "agond tx subnet cancel-ownership-offer 1 --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "StartSubnet", Use: "start-subnet [netuid]",
					Short:          "Begin a subnet's epochs and emission, start_delay blocks after its creation or later; by its owner",
					Example:        "agond tx subnet start-subnet 1 --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "TrimNeurons", Use: "trim-neurons [netuid] [max-neurons]",
					Short: "Lower max_neurons below the number of neurons and remove the weakest; by the subnet's owner",
					Long: "Lower max_neurons below the number of neurons and remove the weakest outside immunity, at most 64 at once and once in a tempo.\n" +
						"Neurons with a uid from max-neurons on move into those that were freed, and are to everybody as newly registered there. Stake stays whose it is.",
					Example:        "agond tx subnet trim-neurons 1 192 --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid, {ProtoField: "max_neurons"}},
				},
				{
					RpcMethod: "DissolveSubnet", Use: "dissolve-subnet [netuid]",
					Short: "End a subnet for good and leave its pool's AGON to the holders of its token; by its owner",
					Long: "End a subnet for good, subnet_immunity blocks after its start or later. Its pool closes: the pool's own token is destroyed, and its AGON belongs to all other token alike.\n" +
						"Holders take it when they like, with agond stake remove for stake and agond stake redeem for coins.",
					Example:        "agond tx subnet dissolve-subnet 1 --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{netuid},
				},
				{
					RpcMethod: "SwapHotkey", Use: "swap-hotkey [hotkey] [new-key]",
					Short: "Let a new key sign for a hotkey, in every subnet at once; by its owner",
					Long: "Let a new key sign for a hotkey, in every subnet at once, for hotkey_swap_cost (agond query subnet params), which is burned. The hotkey's address stays, with its uids, stake, promises and children.\n" +
						"The old key signs for nobody any more, for ever. Grants of fees are of keys: grant the new one its own, and revoke the old one's.",
					Example:        "agond tx subnet swap-hotkey $(agond keys show validator --address) $(agond keys show validator2 --address) --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "hotkey"}, {ProtoField: "new_key"}},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"max_cost": {Usage: "the most to pay, in nagon; 0 is no limit"}},
				},
				{
					RpcMethod: "AnnounceOwnerSwap", Use: "announce-owner-swap [new-owner]",
					Short: "Announce that another account shall own all hotkeys, subnets and stake of the signer",
					Long: "Announce that another account shall own all hotkeys, subnets and stake of the signer, owner_swap_delay blocks later (agond query subnet params).\n" +
						"A second announcement takes the place of the first, and the delay begins again. Coins do not move: send them.",
					Example:        "agond tx subnet announce-owner-swap $(agond keys show owner2 --address) --from owner",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "new_owner"}},
				},
				{
					RpcMethod: "CancelOwnerSwap", Use: "cancel-owner-swap",
					Short:   "Take the announcement of a new owner back before it is carried out",
					Example: "agond tx subnet cancel-owner-swap --from owner",
				},
				{
					RpcMethod: "SwapOwner", Use: "swap-owner [owner]",
					Short:          "Carry an announced swap of the owner out, about 100 rows a call, until nothing is left; by the new owner",
					Example:        "agond tx subnet swap-owner $(agond keys show owner --address) --from owner2",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{{ProtoField: "owner"}},
				},
				{RpcMethod: "UpdateParams", Skip: true},
			},
		},
	}
}
