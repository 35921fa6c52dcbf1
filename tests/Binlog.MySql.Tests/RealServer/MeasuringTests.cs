namespace Binlog.MySql.Tests.RealServer;

/// <summary>Tests that measure the process: others in parallel would be measured too.</summary>
[CollectionDefinition(nameof(MeasuringTests), DisableParallelization = true)]
public sealed class MeasuringTests;
