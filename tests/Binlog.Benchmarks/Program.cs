using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Running;
using Binlog.Benchmarks.Pumps;
using Binlog.Benchmarks.Schema;

switch (args)
{
    case [PumpClientComparison.Verb, .. string[] rest]:
        await PumpClientComparison.RunAsync(rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 60);
        break;
    case ["tikv-history", var jobs, var bytes]:
        await TiKvHistoryRun.RunAsync(int.Parse(jobs, CultureInfo.InvariantCulture), int.Parse(bytes, CultureInfo.InvariantCulture), Console.Out);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);
        break;
}
