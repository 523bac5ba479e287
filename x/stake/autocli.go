package stake

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
)

// AutoCLIOptions describes the module's queries and messages to the command line.
func (AppModule) AutoCLIOptions() *autocliv1.ModuleOptions {
	arg := func(field string) *autocliv1.PositionalArgDescriptor {
		return &autocliv1.PositionalArgDescriptor{ProtoField: field}
	}
	return &autocliv1.ModuleOptions{
		Query: &autocliv1.ServiceCommandDescriptor{
			Service: "agon.stake.v1.Query",
			Short:   "Read pools, prices, quotes and positions",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "Params", Use: "params",
					Short:   "Show the parameters of pools and stake (amounts in nagon, parts in basis points, periods in blocks)",
					Example: "agond query stake params",
				},
				{
					RpcMethod: "Pool", Use: "pool [netuid]",
					Short:          "Show a subnet's pool: reserves, price, supply of its token",
					Long:           "Show a subnet's pool. Reserves are base units (10^9 to the token), the price is AGON per token.",
					Example:        "agond query stake pool 1",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid")},
				},
				{
					RpcMethod: "Pools", Use: "pools",
					Short:   "List all pools with their prices, at most 100 a page",
					Example: "agond query stake pools --page-limit 20 --output json",
				},
				{
					RpcMethod: "Quote", Use: "quote [netuid] [amount]",
					Short: "Say what a trade would bring now, without making it",
					Long: "Say what a trade would bring now. An amount in nagon quotes a purchase of the subnet's token, an amount of the token " +
						"a sale. What comes out, less what you would accept to lose, is the limit to give to add-stake or remove-stake.",
					Example:        "agond query stake quote 1 5000000000nagon\nagond query stake quote 1 5000000000alpha/1",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid"), arg("amount")},
				},
				{
					RpcMethod: "Positions", Use: "positions [owner]",
					Short: "List an owner's positions with what they are worth",
					Long: "List an owner's positions. alpha is what the shares stand for in base units of the subnet's token, with what epochs " +
						"have accrued; value is what a sale of the position would bring now, in nagon.",
					Example:        "agond query stake positions alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("owner")},
				},
				{
					RpcMethod: "HotkeyStake", Use: "hotkey [netuid] [hotkey]",
					Short:          "Show what is staked behind a hotkey in a subnet, and its take",
					Example:        "agond query stake hotkey 1 validator-hotkey",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid"), arg("hotkey")},
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "agon.stake.v1.Msg",
			Short:   "Back hotkeys: buy and stake a subnet's token, take stake back",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "AddStake", Use: "add-stake [hotkey] [netuid] [amount]",
					Short: "Buy a subnet's token and stake it behind a hotkey",
					Long: "Buy a subnet's token with nagon and stake it behind a hotkey that holds a uid there; or stake the token itself, given as " +
						"alpha/<netuid>. --min-alpha is the least the purchase must bring, in base units (10^9 to the token): ask for a quote first.",
					Example: "agond tx stake add-stake validator-hotkey 1 5000000000nagon --min-alpha 4950000000 --from alice\n" +
						"agond tx stake add-stake validator-hotkey 1 5000000000alpha/1 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("netuid"), arg("amount")},
				},
				{
					RpcMethod: "RemoveStake", Use: "remove-stake [hotkey] [netuid] [alpha]",
					Short: "Take stake back and sell it for AGON, or keep the token",
					Long: "Take stake back from behind a hotkey. alpha is in base units (10^9 to the token), 0 takes all. It is sold for AGON, at " +
						"least --min-agon nagon; with --keep-token the token itself is paid out.",
					Example: "agond tx stake remove-stake validator-hotkey 1 5000000000 --min-agon 4950000000 --from alice\n" +
						"agond tx stake remove-stake validator-hotkey 1 0 --keep-token --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("netuid"), arg("alpha")},
				},
				{
					RpcMethod: "SetTake", Use: "set-take [hotkey] [take-bps]",
					Short: "Set what a validator keeps of its backers' dividends",
					Long: "Set what a hotkey keeps of its backers' dividends, in basis points (1800 is 18 %). Lower at once; higher in steps, the size and " +
						"pace of which are parameters. Only the owner of the hotkey can.",
					Example:        "agond tx stake set-take validator-hotkey 900 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("take_bps")},
				},
				{RpcMethod: "UpdateParams", Skip: true}, // by governance
			},
		},
	}
}
