package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/directory"
)

const hello = `{"model":"small-talk","messages":[{"role":"user","content":"hello"}]}`

// The node is away for a minute, and for a day: every call is answered by the last view, each answer and /readyz say how old that is, the log says it once, and the
// first view after it counts at once. The minute is one of the test's own clock, with the bounds that a gateway has by default.
func TestNodeAwayForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("connection refused")
		height, away := int64(100), false
		d := newDesk(t, func(context.Context) (*directory.View, error) {
			if away {
				return nil, down
			}
			return views(height, "one", "two"), nil
		})
		code, head, text := d.chat(hello)
		require.Equal(t, http.StatusServiceUnavailable, code, "before the first view: %s", text)
		require.Contains(t, text, `"starting"`)
		require.NotEmpty(t, head.Get("Retry-After"))
		code, _, _ = d.get("/readyz")
		require.Equal(t, http.StatusServiceUnavailable, code)

		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _ = d.dir.Run(ctx) }()
		synctest.Wait()
		time.Sleep(500 * time.Millisecond) // off the beat of the readings
		call := func() (age int, told bool) {
			t.Helper()
			code, head, text := d.chat(hello)
			require.Equal(t, http.StatusOK, code, text)
			if head.Get(HeaderViewAge) == "" {
				return 0, false
			}
			age, err := strconv.Atoi(head.Get(HeaderViewAge))
			require.NoError(t, err)
			return age, true
		}
		for range 120 { // two minutes with a node
			_, told := call()
			require.False(t, told)
			time.Sleep(time.Second)
		}
		away = true
		before := time.Now().Add(-500 * time.Millisecond) // of the last reading
		for i := range 60 {
			age, told := call()
			require.Equal(t, i >= 5, told, "from the first reading that failed, after %d s", i)
			if told {
				require.Equal(t, int(time.Since(before).Seconds()), age)
				code, _, text = d.get("/readyz")
				require.Equal(t, http.StatusOK, code)
				require.Contains(t, text, "no node answers")
				require.Contains(t, text, `"height":100`)
				require.Contains(t, text, `"view_age_seconds":`+strconv.Itoa(age))
			}
			time.Sleep(time.Second)
		}
		height, away = 130, false
		time.Sleep(5 * time.Second)
		_, told := call()
		require.False(t, told)
		_, _, text = d.get("/readyz")
		require.Contains(t, text, `"status":"ready"`)
		require.Contains(t, text, `"height":130`)
		require.Equal(t, 1, strings.Count(d.log.String(), "serving from the last view"), d.log.String())
		require.Equal(t, 1, strings.Count(d.log.String(), "chain is read again"), d.log.String())

		away = true
		time.Sleep(24 * time.Hour)
		age, told := call()
		require.True(t, told)
		require.InDelta(t, 24*3600, age, 5)
	})
}

// A node that takes questions and gives no answers fails no reading: then the age of the view tells.
func TestNodeHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := make(chan struct{})
		first := true
		d := newDesk(t, func(ctx context.Context) (*directory.View, error) {
			if first {
				first = false
				return views(100, "one"), nil
			}
			select {
			case <-hangs:
				return views(200, "one"), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _ = d.dir.Run(ctx) }()
		time.Sleep(30 * time.Second)
		_, head, _ := d.chat(hello)
		require.Empty(t, head.Get(HeaderViewAge))
		time.Sleep(time.Second)
		code, head, text := d.chat(hello)
		require.Equal(t, http.StatusOK, code, text)
		require.Equal(t, "31", head.Get(HeaderViewAge))
		_, _, text = d.get("/readyz")
		require.Contains(t, text, "no node answers")
		close(hangs)
		synctest.Wait()
		_, head, _ = d.chat(hello)
		require.Empty(t, head.Get(HeaderViewAge))
	})
}
