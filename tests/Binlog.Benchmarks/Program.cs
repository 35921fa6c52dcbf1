using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Running;
using Binlog.Benchmarks.Schema;

if (args is ["tikv-history", var jobs, var bytes])
{
    await TiKvHistoryRun.RunAsync(int.Parse(jobs, CultureInfo.InvariantCulture), int.Parse(bytes, CultureInfo.InvariantCulture), Console.Out);
    return;
}

BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);
