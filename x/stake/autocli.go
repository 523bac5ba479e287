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
					RpcMethod: "Pot", Use: "pot [netuid]",
					Short:          "Show what a dissolved subnet pays for its token: what is left, and AGON per token",
					Example:        "agond query stake pot 1",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid")},
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
					RpcMethod: "Preview", Use: "preview",
					Short: "Say what a holder's transaction would do now, without doing it",
					Long: "Say what a transaction would do now: its trades with price before and after, impact and fee, what is given and received, " +
						"and what a limit price would leave. One of the flags holds the message as JSON, with the fields of the transaction. What " +
						"would be refused is refused here, with the same words.",
					Example: `agond query stake preview --add '{"owner":"agon1…","hotkey":"agon1…","netuid":1,"amount":{"denom":"nagon","amount":"5000000000"},"limit_price":"1.05","allow_partial":true}'` + "\n" +
						`agond query stake preview --swap '{"owner":"agon1…","hotkey":"agon1…","netuid":1,"to_hotkey":"agon1…","to_netuid":2,"share_bps":5000}'`,
				},
				{
					RpcMethod: "Portfolio", Use: "portfolio [owner]",
					Short: "Show what an owner has: positions with cost, value and gain, and each subnet's total",
					Long: "Show an owner's positions with what they cost, what a sale would bring now, the gain, the height since which each is held and " +
						"its validator's take; and for each subnet what selling everything there at once would bring, which is less than the sum, as " +
						"positions in a subnet share its pool. Amounts are base units (10^9 to AGON and to a token); at most 100 positions a page.",
					Example:        "agond query stake portfolio alice --output json",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("owner")},
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
				{
					RpcMethod: "AutoStakes", Use: "auto-stakes [owner]",
					Short:          "List the hotkeys behind which an owner's mined rewards are put, by subnet",
					Example:        "agond query stake auto-stakes alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("owner")},
				},
				{
					RpcMethod: "Take", Use: "take [hotkey]",
					Short:          "Show what a hotkey keeps of its backers' dividends, and how far and when it can be raised",
					Example:        "agond query stake take validator-hotkey",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey")},
				},
				{
					RpcMethod: "RootSeats", Use: "root-seats",
					Short: "List the hotkeys whose root stake counts, and what a seat asks for",
					Long: "List the seats at the root with the AGON staked behind each (in nagon) and the take. entry is the root stake that a hotkey without a " +
						"seat must have behind it to get one.",
					Example: "agond query stake root-seats",
				},
				{
					RpcMethod: "Children", Use: "children [netuid] [hotkey]",
					Short:          "Show whom a hotkey delegates to in a subnet, now and after a pending change",
					Example:        "agond query stake children 1 validator-hotkey",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid"), arg("hotkey")},
				},
				{
					RpcMethod: "Parents", Use: "parents [netuid] [hotkey]",
					Short:          "Show who delegates to a hotkey in a subnet, and how much",
					Example:        "agond query stake parents 1 validator-hotkey",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid"), arg("hotkey")},
				},
			},
		},
		Tx: &autocliv1.ServiceCommandDescriptor{
			Service: "agon.stake.v1.Msg",
			Short:   "Back hotkeys: buy and stake a subnet's token, move it, take it back",
			RpcCommandOptions: []*autocliv1.RpcCommandOptions{
				{
					RpcMethod: "AddStake", Use: "add-stake [hotkey] [netuid] [amount]",
					Short: "Buy a subnet's token and stake it behind a hotkey",
					Long: "Buy a subnet's token with nagon and stake it behind a hotkey that holds a uid there; or stake the token itself, given as " +
						"alpha/<netuid>. In netuid 0, the root, nagon is staked as it is. --min-alpha is the least the purchase must bring, in base units (10^9 to the token): ask for a quote first. " +
						"--limit-price is the highest price, in AGON per token, that the purchase may leave; with --allow-partial as much is spent as that " +
						"lets, and the rest stays yours.",
					Example: "agond tx stake add-stake validator-hotkey 1 5000000000nagon --min-alpha 4950000000 --from alice\n" +
						"agond tx stake add-stake validator-hotkey 1 5000000000nagon --limit-price 1.05 --allow-partial --from alice\n" +
						"agond tx stake add-stake validator-hotkey 1 5000000000alpha/1 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("netuid"), arg("amount")},
				},
				{
					RpcMethod: "RemoveStake", Use: "remove-stake [hotkey] [netuid] [alpha]",
					Short: "Take stake back and sell it for AGON, or keep the token",
					Long: "Take stake back from behind a hotkey. alpha is in base units (10^9 to the token); 0 takes all, or with --share-bps a part in " +
						"basis points (2500 is a quarter). It is sold for AGON, at least --min-agon nagon; --limit-price is the lowest price, in AGON " +
						"per token, that the sale may leave, and with --allow-partial as much is sold as that lets. With --keep-token the token itself " +
						"is paid out.",
					Example: "agond tx stake remove-stake validator-hotkey 1 5000000000 --min-agon 4950000000 --from alice\n" +
						"agond tx stake remove-stake validator-hotkey 1 0 --share-bps 2500 --from alice\n" +
						"agond tx stake remove-stake validator-hotkey 1 0 --limit-price 0.95 --allow-partial --from alice\n" +
						"agond tx stake remove-stake validator-hotkey 1 0 --keep-token --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("netuid"), arg("alpha")},
				},
				{
					RpcMethod: "MoveStake", Use: "move-stake [hotkey] [to-hotkey] [netuid] [alpha]",
					Short: "Put stake behind another hotkey of the same subnet, without a trade",
					Long: "Put stake behind another hotkey that holds a uid in the same subnet. Nothing is traded and no fee is taken. alpha is in base units " +
						"(10^9 to the token); 0 moves all, or with --share-bps a part in basis points.",
					Example: "agond tx stake move-stake validator-hotkey other-hotkey 1 5000000000 --from alice\n" +
						"agond tx stake move-stake validator-hotkey other-hotkey 1 0 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("to_hotkey"), arg("netuid"), arg("alpha")},
				},
				{
					RpcMethod: "SwapStake", Use: "swap-stake [hotkey] [netuid] [to-hotkey] [to-netuid] [alpha]",
					Short: "Sell stake in one subnet and stake what it brings in another",
					Long: "Sell stake in one subnet and stake what that brings in another, behind the same or another hotkey that holds a uid there. alpha is in " +
						"base units of the first subnet's token; 0 sells all, or with --share-bps a part in basis points. --min-alpha is the least that " +
						"both trades together must bring, in base units of the second subnet's token: preview it first.",
					Example: "agond tx stake swap-stake validator-hotkey 1 other-hotkey 2 5000000000 --min-alpha 4900000000 --from alice\n" +
						"agond tx stake swap-stake validator-hotkey 1 validator-hotkey 2 0 --share-bps 5000 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("netuid"), arg("to_hotkey"), arg("to_netuid"), arg("alpha")},
				},
				{
					RpcMethod: "TransferStake", Use: "transfer-stake [recipient] [hotkey] [netuid] [alpha]",
					Short: "Give stake to another owner, behind the same hotkey",
					Long: "Give stake to another owner, behind the same hotkey, which must hold a uid. The recipient can do with it what it likes; it cannot be " +
						"taken back. alpha is in base units (10^9 to the token); 0 gives all, or with --share-bps a part in basis points.",
					Example: "agond tx stake transfer-stake bob validator-hotkey 1 5000000000 --from alice\n" +
						"agond tx stake transfer-stake bob validator-hotkey 1 0 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("recipient"), arg("hotkey"), arg("netuid"), arg("alpha")},
				},
				{
					RpcMethod: "SellToken", Use: "sell-token [netuid] [amount]",
					Short: "Sell a subnet's token that is not staked",
					Long: "Sell a subnet's token out of the account, at least --min-agon nagon; no hotkey has to do with it. --limit-price is the lowest price, in " +
						"AGON per token, that the sale may leave, and with --allow-partial as much is sold as that lets.",
					Example:        "agond tx stake sell-token 1 5000000000alpha/1 --min-agon 4950000000 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid"), arg("amount")},
				},
				{
					RpcMethod: "BuyAndBurn", Use: "buy-and-burn [netuid] [amount]",
					Short: "Buy a subnet's token and destroy it",
					Long: "Buy a subnet's token with nagon and destroy it. Nothing is received; the AGON stays in the pool. --min-alpha is the least the " +
						"purchase must bring, in base units (10^9 to the token): ask for a quote first.",
					Example:        "agond tx stake buy-and-burn 1 5000000000nagon --min-alpha 4950000000 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid"), arg("amount")},
				},
				{
					RpcMethod: "RedeemToken", Use: "redeem-token [netuid] [alpha]",
					Short: "Give a dissolved subnet's token for its part of what the pool left",
					Long: "Give token of a dissolved subnet that the account holds as coins, in base units (10^9 to the token; 0 for all), for its part of what the pool left " +
						"(agond query stake pot 1). Stake is paid by remove-stake.",
					Example:        "agond tx stake redeem-token 1 5000000000 --min-agon 4950000000 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid"), arg("alpha")},
				},
				{
					RpcMethod: "SetTake", Use: "set-take [hotkey] [take-bps]",
					Short: "Set what a validator keeps of its backers' dividends",
					Long: "Set what a hotkey keeps of its backers' dividends, in basis points (1800 is 18 %). Lower at once; higher in steps, the size and " +
						"pace of which are parameters. Only the owner of the hotkey can.",
					Example:        "agond tx stake set-take validator-hotkey 900 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("take_bps")},
				},
				{
					RpcMethod: "SetAutoStake", Use: "set-auto-stake [netuid]",
					Short: "Choose the hotkey behind which what your miners earn in a subnet is put",
					Long: "Choose the hotkey behind which what your miners earn in a subnet is put when they are settled, as your own position. It must hold a uid. " +
						"Without --hotkey it stays behind each miner's own again, as it does while the chosen one holds no uid. Take and dividends of your validators stay where they are.",
					Example: "agond tx stake set-auto-stake 1 --hotkey validator-hotkey --from alice\n" +
						"agond tx stake set-auto-stake 1 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("netuid")},
					FlagOptions:    map[string]*autocliv1.FlagOptions{"hotkey": {Usage: "hotkey to back with what is mined; each miner's own if left out"}},
				},
				{
					RpcMethod: "SetChildren", Use: "set-children [hotkey] [netuid]",
					Short: "Let other hotkeys validate with parts of what is behind yours in a subnet",
					Long: "Name the children of a hotkey in a subnet, each with its part in basis points, together at most 10000; without --children all " +
						"delegation ends. It is in force after the parameter children_delay.",
					Example: `agond tx stake set-children validator-hotkey 1 --children '{"hotkey":"agon1…","bps":5000}' --from alice` + "\n" +
						"agond tx stake set-children validator-hotkey 1 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("netuid")},
				},
				{
					RpcMethod: "SetChildTake", Use: "set-child-take [hotkey] [take-bps]",
					Short: "Set what a hotkey keeps of the dividends on stake that others delegate to it",
					Long: "Set what a child keeps of the dividends on delegated stake, in basis points. Lower at once; higher in steps, as with set-take. Only " +
						"the owner of the hotkey can.",
					Example:        "agond tx stake set-child-take validator-hotkey 900 --from alice",
					PositionalArgs: []*autocliv1.PositionalArgDescriptor{arg("hotkey"), arg("take_bps")},
				},
				{RpcMethod: "UpdateParams", Skip: true}, // by governance
			},
		},
	}
}
