package chain

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// hintSilence is after how long a websocket that says nothing, not even a ping, is taken for dead.
	hintSilence = time.Minute
	// hintRetry is how long to wait before the websocket is tried again; heights are polled meanwhile.
	hintRetry = 5 * time.Second
	// maxHint bounds one event: a block's header and results of an epoch.
	maxHint = 16 << 20
)

// listen calls hint whenever the node's websocket tells of a new block, until the connection ends. What the node tells is
// not read: that it tells something is a reason to ask.
func (c *Client) listen(ctx context.Context, hint func()) error {
	address, err := parseRPC(c.cfg.RPC)
	if err != nil {
		return err
	}
	if address.Scheme == "https" {
		address.Scheme = "wss"
	} else {
		address.Scheme = "ws"
	}
	address = address.JoinPath("websocket")
	// A password goes into a header, not into the address of a websocket.
	header := http.Header{}
	if u := address.User; u != nil {
		password, _ := u.Password()
		r := http.Request{Header: header}
		r.SetBasicAuth(u.Username(), password)
		address.User = nil
	}
	dialer := websocket.Dialer{HandshakeTimeout: c.cfg.Timeout}
	conn, answer, err := dialer.DialContext(ctx, address.String(), header)
	if err != nil {
		return fmt.Errorf("websocket: %w", err)
	}
	answer.Body.Close()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()

	conn.SetReadLimit(maxHint)
	alive := func() error { return conn.SetReadDeadline(time.Now().Add(hintSilence)) }
	pong := conn.PingHandler()
	conn.SetPingHandler(func(data string) error {
		if err := alive(); err != nil {
			return err
		}
		return pong(data)
	})
	request := map[string]any{
		"jsonrpc": "2.0", "id": 1, "method": "subscribe",
		"params": map[string]string{"query": "tm.event='NewBlockHeader'"},
	}
	if err := conn.WriteJSON(request); err != nil {
		return fmt.Errorf("websocket: subscribe: %w", err)
	}
	for {
		if err := alive(); err != nil {
			return fmt.Errorf("websocket: %w", err)
		}
		if _, _, err := conn.ReadMessage(); err != nil {
			return fmt.Errorf("websocket: %w", err)
		}
		hint()
	}
}
