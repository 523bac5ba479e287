package app

import (
	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/grpc/cmtservice"
	"github.com/cosmos/cosmos-sdk/client/grpc/node"
	"github.com/cosmos/cosmos-sdk/server/api"
	"github.com/cosmos/cosmos-sdk/server/config"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"

	"github.com/agon-chain/agon/app/openapi"
)

// RegisterAPIRoutes serves the modules' queries as REST, and their description at /openapi.json.
func (app *App) RegisterAPIRoutes(srv *api.Server, _ config.APIConfig) {
	clientCtx, gateway := srv.ClientCtx, srv.GRPCGatewayRouter
	authtx.RegisterGRPCGatewayRoutes(clientCtx, gateway)
	cmtservice.RegisterGRPCGatewayRoutes(clientCtx, gateway)
	node.RegisterGRPCGatewayRoutes(clientCtx, gateway)
	app.basics.RegisterGRPCGatewayRoutes(clientCtx, gateway)

	handler := openapi.Handler()
	for _, path := range openapi.Paths() {
		srv.Router.Handle(path, handler)
	}
}

// RegisterTxService lets clients simulate, broadcast and look up transactions over gRPC.
func (app *App) RegisterTxService(clientCtx client.Context) {
	authtx.RegisterTxService(app.GRPCQueryRouter(), clientCtx, app.Simulate, app.encoding.InterfaceRegistry)
}

// RegisterTendermintService lets clients ask for blocks and validators over gRPC.
func (app *App) RegisterTendermintService(clientCtx client.Context) {
	cmtservice.RegisterTendermintService(clientCtx, app.GRPCQueryRouter(), app.encoding.InterfaceRegistry, app.Query)
}

// RegisterNodeService lets clients ask for the node's own settings, such as its minimum gas price.
func (app *App) RegisterNodeService(clientCtx client.Context, cfg config.Config) {
	node.RegisterNodeService(clientCtx, app.GRPCQueryRouter(), cfg, func() int64 {
		return app.CommitMultiStore().EarliestVersion()
	})
}
