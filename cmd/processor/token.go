package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"sellerpulse/internal/web/access"
)

// newToken is `processor token`.
func newToken(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "Make tokens for the HTTP server", Args: unknownCommand,
		Long: `Makes tokens, by which those who ask the HTTP server of a processor say who they are: a viewer may see everything, an operator may also
do what changes something or costs much.`,
		Example: `  processor token new --name alice --role viewer`,
		RunE: func(*cobra.Command, []string) error {
			return usage("name a command: see --help for those that there are")
		},
	}
	cmd.AddCommand(newTokenNew(s))
	return cmd
}

// newTokenNew is `processor token new`.
func newTokenNew(s *session) *cobra.Command {
	var name string
	role := choice{"", []string{access.Viewer.String(), access.Operator.String()}}
	cmd := &cobra.Command{
		Use: "new [flags]", Short: "Make a token, and the line that lets it in", Args: noArguments,
		Long: `Makes a token at random and prints two lines: the token, which is kept nowhere and shown this once, and the line for it in the file of
--http-tokens-file, which has its name, its role and its SHA-256. Every process that has the file takes the token within a second; without the line
it is worth nothing.`,
		Example: `  processor token new --name alice --role viewer
  processor token new --name prometheus --role viewer | { read -r token; echo "$token" > prometheus.token; cat >> tokens; }`,
		RunE: func(*cobra.Command, []string) error {
			if name == "" || role.value == "" {
				return usage("say whose token it is: --name and --role")
			}
			r, err := access.ParseRole(role.value)
			if err != nil {
				return usage("--role: %w", err)
			}
			secret, token, err := access.NewToken(name, r)
			if err != nil {
				return usage("--name: %w", err)
			}
			if terminal(s.stderr) {
				fmt.Fprintln(s.stderr, "The token, which is shown this once, and its line for the file of --http-tokens-file:")
			}
			_, err = fmt.Fprintf(s.stdout, "%s\n%s\n", secret, token.Line())
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "`name` of who is to have it, for the log")
	addChoice(cmd, f, &role, "role", "`what` it may be used for")
	return cmd
}
