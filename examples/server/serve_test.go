package main

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/companiontest"
)

func TestTheAdminsPasswordIsShownOnce(t *testing.T) {
	t.Parallel()
	c := companiontest.New(t).Companion
	s := settings{adminUsername: "first", databaseURL: "sqlite://demo.db", demo: true}
	var first, second bytes.Buffer
	_, err := firstAdmin(t.Context(), c, s, &first)
	require.NoError(t, err)
	password := regexp.MustCompile(`password (\S{26})\n`).FindStringSubmatch(first.String())
	require.NotNil(t, password, first.String())
	_, err = c.Auth.Login(t.Context(), "first", password[1])
	require.NoError(t, err)

	_, err = firstAdmin(t.Context(), c, s, &second)
	require.NoError(t, err)
	require.Contains(t, second.String(), "remove demo.db", "a demo's user knows what to do")
	require.NotContains(t, second.String(), password[1])
}
