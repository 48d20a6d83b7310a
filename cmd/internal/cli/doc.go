// Package cli is the command line: one file for each subcommand.
//
// Exit codes: 0 all went well; 1 a statement or job failed; 2 the command line, or the SQL of a file that was only checked, is wrong;
// 130 the user interrupted. Results go to standard output, everything else (echo of statements, progress, errors) to standard error, so that
// output pipes well. Colours and live progress appear on terminals only.
package cli
