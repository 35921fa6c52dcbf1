using System.CommandLine;
using System.CommandLine.Invocation;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands;

/// <summary>Prints the version.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(VersionText.Of(typeof(VersionAction).Assembly));
        return ExitCode.Ok;
    }
}
