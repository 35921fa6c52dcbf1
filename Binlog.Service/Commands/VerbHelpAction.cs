using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Binlog.Service.Commands;

/// <summary>The usual help, then the verb's notes and examples.</summary>
internal sealed class VerbHelpAction(HelpAction standard) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = standard.Invoke(parseResult);
        if (parseResult.CommandResult.Command is VerbCommand verb)
        {
            Write(verb, parseResult.InvocationConfiguration.Output);
        }

        return result;
    }

    private static void Write(VerbCommand verb, TextWriter output)
    {
        if (verb.Notes is not null)
        {
            output.WriteLine(verb.Notes);
            output.WriteLine();
        }

        if (verb.Examples.Count > 0)
        {
            output.WriteLine(verb.Examples.Count == 1 ? "Example:" : "Examples:");
            foreach (var (line, purpose) in verb.Examples)
            {
                output.WriteLine($"  {line}");
                output.WriteLine($"      {purpose}");
            }

            output.WriteLine();
        }
    }
}
