using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Running;
using Binlog.Benchmarks.Pumps;

if (args is [PumpClientComparison.Verb, .. string[] rest])
{
    await PumpClientComparison.RunAsync(rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 60);
    return;
}

BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);
