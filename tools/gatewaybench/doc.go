// Command gatewaybench measures what a gateway adds to a call, on loopback: a direct call, agon-gateway with signatures, receipts and vouchers, and, where they are at hand,
// nginx as a bare proxy and @portkey-ai/gateway, all in front of the same backend.
//
//	go run ./tools/gatewaybench --rate 1000 --rounds 5 --for 4s
//	go run ./tools/gatewaybench --max --rounds 5 --for 4s
//
// The backend is a stand-in for a miner: it verifies signatures and vouchers and signs receipts where a call has them, and answers a fixed chat. Backend, gateway and
// proxies are processes of their own. It is no test of miners, and says nothing of networks.
package main
